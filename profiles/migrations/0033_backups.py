"""Which backups were made."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0032_edits_of_an_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("path", models.TextField(verbose_name="file")),
                ("host", models.TextField(verbose_name="host")),
                (
                    "size",
                    models.BigIntegerField(help_text="Bytes.", verbose_name="size"),
                ),
                ("sha256", models.TextField(verbose_name="checksum")),
                ("version", models.TextField(verbose_name="release")),
                (
                    "made_by",
                    models.ForeignKey(
                        help_text="Nobody: from the command line.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "backup",
                "verbose_name_plural": "backups",
            },
        ),
    ]
