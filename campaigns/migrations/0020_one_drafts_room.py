"""Drafts of templates are kept as those of campaigns are: with every saved state."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# foreign keys are checked at once, so that the table may be altered afterwards
TO_TABLES = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO campaigns_templatedraft
       (template_id, content, number, saved_by_id, saved_at)
SELECT id, draft, greatest(draft_number, 1), draft_by_id, coalesce(draft_at, now())
  FROM campaigns_template
 WHERE draft IS NOT NULL;
INSERT INTO campaigns_templatedraftsave
       (draft_id, number, content, saved_by_id, saved_at)
SELECT id, number, content, saved_by_id, saved_at FROM campaigns_templatedraft;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0019_shop_rules_and_pace"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateDraft",
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
                ("content", models.JSONField(verbose_name="content")),
                (
                    "number",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="Of the newest saved state.",
                        verbose_name="number",
                    ),
                ),
                (
                    "saved_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="saved",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "template",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft",
                        to="campaigns.template",
                    ),
                ),
            ],
            options={
                "verbose_name": "template draft",
                "verbose_name_plural": "template drafts",
            },
        ),
        migrations.CreateModel(
            name="TemplateDraftSave",
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
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("content", models.JSONField(verbose_name="content")),
                ("returns_to", models.PositiveIntegerField(null=True)),
                ("is_aside", models.BooleanField(db_default=False, default=False)),
                (
                    "saved_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="saved",
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saves",
                        to="campaigns.templatedraft",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved template draft",
                "verbose_name_plural": "saved template drafts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("draft", "number"), name="template_draft_save_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(TO_TABLES),
        migrations.RemoveField(
            model_name="template",
            name="draft",
        ),
        migrations.RemoveField(
            model_name="template",
            name="draft_at",
        ),
        migrations.RemoveField(
            model_name="template",
            name="draft_by",
        ),
        migrations.RemoveField(
            model_name="template",
            name="draft_number",
        ),
    ]
