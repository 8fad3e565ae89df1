from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("profiles", "0021_keys_of_the_shop")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("view_personal_data", "Can read addresses and numbers in full")
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
    ]
