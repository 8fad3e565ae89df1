from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0031_one_drafts_room")]

    operations = [
        migrations.AddField("order", "edits", models.JSONField(db_default={})),
    ]
