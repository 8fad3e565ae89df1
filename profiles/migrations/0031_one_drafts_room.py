"""Drafts of segments are kept as those of campaigns are: documents with every state."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# foreign keys are checked at once, so that the table may be altered afterwards
TO_DOCUMENTS = """
UPDATE profiles_segmentdraft
   SET content = jsonb_build_object('title', title, 'rule', rule), number = 1,
       saved_by_id = by_id, saved_at = changed_at;
INSERT INTO profiles_segmentdraftsave
       (draft_id, number, content, saved_by_id, saved_at)
SELECT id, number, content, saved_by_id, saved_at FROM profiles_segmentdraft;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0030_rights_that_roles_came_with"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="segmentdraft",
            name="content",
            field=models.JSONField(default={}, verbose_name="content"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="segmentdraft",
            name="saved_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                verbose_name="saved",
            ),
        ),
        migrations.AddField(
            model_name="segmentdraft",
            name="saved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="SegmentDraftSave",
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
                        to="profiles.segmentdraft",
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
                "verbose_name": "saved segment draft",
                "verbose_name_plural": "saved segment drafts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("draft", "number"), name="segment_draft_save_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(TO_DOCUMENTS),
        migrations.AlterField(
            model_name="segmentdraft",
            name="number",
            field=models.PositiveIntegerField(
                default=1, help_text="Of the newest saved state.", verbose_name="number"
            ),
        ),
        migrations.RemoveField(
            model_name="segmentdraft",
            name="changed_at",
        ),
        migrations.RemoveField(
            model_name="segmentdraft",
            name="rule",
        ),
        migrations.RemoveField(
            model_name="segmentdraft",
            name="title",
        ),
    ]
