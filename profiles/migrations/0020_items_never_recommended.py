"""Items that are never to be recommended, and those that look as if they should not be."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0019_who_asked_through_a_shop")]

    operations = [
        migrations.AddField(
            "item",
            "never_recommend",
            models.BooleanField(
                "never recommend",
                null=True,
                blank=True,
                help_text="Yes: in no list, search or message. Empty: nobody has said.",
            ),
        ),
        migrations.AddField(
            "item",
            "suspicion",
            models.TextField(
                "looks like",
                blank=True,
                default="",
                db_default="",
                editable=False,
                help_text="Why it may be no product to recommend.",
            ),
        ),
    ]
