"""Up to when the history knows everything, and which of its files were found broken."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0012_consents_to_confirm")]

    operations = [
        migrations.AddField(
            "historystate",
            "facts_until",
            models.DateTimeField("facts until", null=True, help_text="Every fact that was stored by then is in it."),
        ),
        migrations.AddField(
            "historystate",
            "repairs",
            models.JSONField("files made anew", default=list, help_text="Files that were found broken, and when."),
        ),
    ]
