"""Rules of the shop that people change, and what customers said about how often."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0018_put_off_is_deferred"),
        ("profiles", "0027_uploaded_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ShopRule",
            fields=[
                (
                    "key",
                    models.TextField(
                        primary_key=True, serialize=False, verbose_name="rule"
                    ),
                ),
                ("value", models.JSONField(verbose_name="value")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="changed",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "rule of the shop",
                "verbose_name_plural": "rules of the shop",
            },
        ),
        migrations.CreateModel(
            name="ContactPace",
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
                (
                    "pace",
                    models.TextField(
                        choices=[("usual", "as usual"), ("less", "less often")],
                        verbose_name="how often",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="stated")),
                (
                    "source",
                    models.TextField(
                        blank=True, db_default="", default="", verbose_name="source"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="paces",
                        to="profiles.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "how often a customer wants to hear from us",
                "verbose_name_plural": "how often customers want to hear from us",
                "indexes": [
                    models.Index(fields=["customer", "-at"], name="contact_pace_newest")
                ],
            },
        ),
    ]
