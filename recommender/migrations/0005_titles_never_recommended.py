"""Titles that stand in no list, as patterns."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommender", "0004_files_are_recorded")]

    operations = [
        migrations.AddField(
            "listrules",
            "blocked_titles",
            models.TextField(
                "nothing with these titles",
                blank=True,
                default="",
                db_default="",
                help_text="One a line; * stands for anything: postage*.",
            ),
        ),
    ]
