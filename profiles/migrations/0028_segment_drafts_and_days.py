"""What people write of segments is kept as they type it: a draft of each person. What a
refresh moves is counted by day.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0027_uploaded_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SegmentDay",
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
                ("day", models.DateField(verbose_name="day")),
                ("n_members", models.PositiveIntegerField(verbose_name="members")),
                ("n_joined", models.PositiveIntegerField(verbose_name="joined")),
                ("n_left", models.PositiveIntegerField(verbose_name="left")),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="profiles.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of a segment",
                "verbose_name_plural": "days of segments",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("segment", "day"), name="segment_day_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentDraft",
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
                ("title", models.TextField(blank=True, verbose_name="title")),
                ("rule", models.JSONField(verbose_name="rule")),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Of the segment when the draft began.",
                        verbose_name="version",
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=0)),
                (
                    "changed_at",
                    models.DateTimeField(auto_now=True, verbose_name="changed"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="segment_drafts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="profiles.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "segment draft",
                "verbose_name_plural": "segment drafts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("segment", "by"),
                        name="segment_draft_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
