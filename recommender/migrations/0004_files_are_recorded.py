"""What each model's files were when they were written, and which are broken."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


def record_what_there_is(apps, _schema_editor):  # noqa: ANN001, ANN201
    """Models of before are taken as they lie there: from now on they are watched."""
    for version in apps.get_model("recommender", "ModelVersion").objects.all():
        folder = Path(settings.MODEL_DIR) / version.model / version.version
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        version.files = {
            str(path.relative_to(folder)): [[path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()]]
            for path in files
        }
        version.save(update_fields=["files"])


class Migration(migrations.Migration):
    dependencies = [("recommender", "0003_list_rules_and_slates")]

    operations = [
        migrations.AddField(
            "modelversion",
            "files",
            models.JSONField(
                "files", default=dict, help_text="Size and SHA-256 of each file; what differs is never opened."
            ),
        ),
        migrations.CreateModel(
            "DamagedFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
                ("path", models.TextField("file", unique=True)),
                ("wrong", models.TextField("what is wrong")),
                ("remedy", models.TextField("what to do")),
                ("seen_at", models.DateTimeField("seen", db_default=Now())),
            ],
            options={"verbose_name": "damaged file", "verbose_name_plural": "damaged files"},
        ),
        migrations.RunPython(record_what_there_is, migrations.RunPython.noop),
    ]
