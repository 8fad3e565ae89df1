from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0030_rights_that_roles_came_with")]

    operations = [
        migrations.AddField("order", "edits", models.JSONField(db_default={})),
    ]
