from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0010_resending_names_its_messages")]

    operations = [
        migrations.AlterModelOptions(
            name="campaign",
            options={
                "permissions": [
                    ("approve_campaign", "Can approve what is sent and sent again")
                ],
                "verbose_name": "campaign",
                "verbose_name_plural": "campaigns",
            },
        ),
    ]
