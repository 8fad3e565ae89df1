"""An index of the customers whose contact data were made up: a real shop has none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0028_segment_drafts_and_days")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["id"],
                name="customer_simulated",
                condition=models.Q(("contacts_are_simulated", True)),
            ),
        )
    ]
