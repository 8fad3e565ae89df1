"""Countries, genders, languages, zones and ages in one spelling; rows taken in without a field."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from profiles.intake.normalisation import stored


def rewrite(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    with editor.connection.cursor() as cursor:
        stored.rewrite(cursor)


class Migration(migrations.Migration):
    dependencies = [("profiles", "0017_sources_first_heard")]

    operations = [
        migrations.AlterField(
            "quarantinedrow",
            "outcome",
            models.TextField(
                "outcome",
                blank=True,
                db_default="",
                default="",
                choices=[
                    ("taken_in", "taken in"),
                    ("left_out", "left out"),
                    ("without_field", "taken in without the field"),
                ],
            ),
        ),
        migrations.RunPython(rewrite, migrations.RunPython.noop),
    ]
