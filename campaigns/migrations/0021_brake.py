"""The brake: what paused by itself, and the counts it reads."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0020_one_drafts_room"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Brake",
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
                    "kind",
                    models.TextField(
                        choices=[
                            ("complaints", "complaints"),
                            ("bounces", "bounces"),
                            ("unsubscribes", "unsubscribes"),
                            ("volume", "volume"),
                        ],
                        verbose_name="what",
                    ),
                ),
                ("n", models.PositiveIntegerField(verbose_name="counted")),
                (
                    "of",
                    models.PositiveIntegerField(
                        help_text="Messages; for volume, those of the busiest day.",
                        verbose_name="out of",
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(verbose_name="within days")),
                (
                    "at_least",
                    models.FloatField(
                        help_text="Lower end of the interval.", verbose_name="at least"
                    ),
                ),
                ("limit", models.FloatField(verbose_name="limit")),
                ("pulled_at", models.DateTimeField(verbose_name="since")),
                (
                    "released_at",
                    models.DateTimeField(null=True, verbose_name="let go on"),
                ),
            ],
            options={
                "verbose_name": "brake",
                "verbose_name_plural": "brakes",
            },
        ),
        migrations.CreateModel(
            name="SentCount",
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
                ("begins_at", models.DateTimeField(db_index=True, verbose_name="from")),
                (
                    "n",
                    models.PositiveIntegerField(db_default=0, verbose_name="messages"),
                ),
            ],
            options={
                "verbose_name": "messages sent",
                "verbose_name_plural": "messages sent",
            },
        ),
        migrations.AddField(
            model_name="touchpoint",
            name="heard_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                help_text="By our own, real clock.",
                verbose_name="reached us",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("state", "refused")),
                fields=["started_at"],
                name="attempt_refused",
            ),
        ),
        migrations.AddIndex(
            model_name="touchpoint",
            index=models.Index(
                condition=models.Q(
                    ("kind__in", ["bounce", "complaint", "unsubscribe"])
                ),
                fields=["heard_at"],
                name="touchpoint_unwanted",
            ),
        ),
        migrations.AddField(
            model_name="brake",
            name="campaign",
            field=models.ForeignKey(
                help_text="Empty: all marketing.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="brakes",
                to="campaigns.campaign",
            ),
        ),
        migrations.AddField(
            model_name="brake",
            name="released_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sentcount",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sent_counts",
                to="campaigns.campaign",
            ),
        ),
        migrations.AddConstraint(
            model_name="brake",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at", None)),
                fields=("campaign",),
                name="brake_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="sentcount",
            constraint=models.UniqueConstraint(
                fields=("campaign", "begins_at"), name="sent_count_once"
            ),
        ),
    ]
