from typing import Any

from django.db import migrations, models


def freeze(apps: Any, _schema_editor: Any) -> None:
    """A request that waits is about the messages that are unknown today."""
    message = apps.get_model("campaigns", "Message")
    for request in apps.get_model("campaigns", "Resending").objects.filter(
        approved_at=None
    ):
        unknown = message.objects.filter(campaign=request.campaign_id, state="unknown")
        request.message_ids = list(unknown.order_by("pk").values_list("pk", flat=True))
        request.n = len(request.message_ids)
        request.save(update_fields=["message_ids", "n"])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0009_answers_of_people")]

    operations = [
        migrations.AddField(
            model_name="resending",
            name="message_ids",
            field=models.JSONField(
                default=list,
                help_text="These messages and no others are sent again.",
                verbose_name="asked about",
            ),
        ),
        migrations.RunPython(freeze, migrations.RunPython.noop),
    ]
