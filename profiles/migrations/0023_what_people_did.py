import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0022_personal_data_is_a_right"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
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
                    "at",
                    models.DateTimeField(
                        db_default=Now(), db_index=True, verbose_name="when"
                    ),
                ),
                (
                    "by",
                    models.TextField(
                        help_text="The name then, which outlives the account.",
                        verbose_name="who",
                    ),
                ),
                ("via", models.TextField(default="admin", verbose_name="through")),
                ("address", models.TextField(blank=True, verbose_name="from")),
                ("verb", models.TextField(db_index=True, verbose_name="did")),
                ("target_kind", models.TextField(blank=True, verbose_name="kind")),
                ("target_id", models.TextField(blank=True)),
                ("target", models.TextField(blank=True, verbose_name="what")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "act",
                "verbose_name_plural": "audit",
                "default_permissions": ("view",),
            },
        ),
    ]
