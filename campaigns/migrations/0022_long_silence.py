"""Whom the rule about long silence began to hold back, and its report."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0021_brake"),
        ("profiles", "0031_one_drafts_room"),
    ]

    operations = [
        migrations.AlterField(
            model_name="storedreport",
            name="kind",
            field=models.TextField(
                choices=[
                    ("programme", "programme"),
                    ("rehearsal", "rehearsal"),
                    ("sunset", "long silence"),
                ],
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="SunsetCase",
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
                ("is_exempt", models.BooleanField(verbose_name="exempt")),
                ("exempt_share", models.FloatField(verbose_name="share of the exempt")),
                ("began_at", models.DateTimeField(verbose_name="found")),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sunset_case",
                        to="profiles.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "long silence",
                "verbose_name_plural": "long silences",
            },
        ),
    ]
