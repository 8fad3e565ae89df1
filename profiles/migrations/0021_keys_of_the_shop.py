from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("profiles", "0020_items_never_recommended")]

    operations = [
        migrations.CreateModel(
            name="ShopKey",
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
                ("fingerprint", models.TextField(editable=False)),
                (
                    "digest_key",
                    models.TextField(
                        editable=False, help_text="Sealed under SECRET_KEY."
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("rotated_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "key of the shop",
                "verbose_name_plural": "keys of the shop",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="shop_key_one"
                    )
                ],
            },
        ),
    ]
