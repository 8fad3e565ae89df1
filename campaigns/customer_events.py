"""What we did and heard becomes ordinary events of the customer, each once."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.models import Campaign, Message
from profiles.intake.ingest import EventIn, ingest

SOURCE = "campaigns"
AT_ONCE = 1000
COUNT = """
    INSERT INTO campaigns_sentcount (campaign_id, begins_at, n)
    SELECT * FROM unnest(%(campaigns)s::bigint[], %(spans)s::timestamptz[], %(n)s::int[])
    ON CONFLICT (campaign_id, begins_at) DO UPDATE SET n = campaigns_sentcount.n + excluded.n
"""


def record_sent() -> int:
    """Tell of every sent message that was not told yet; safe beside others who do the
    same.
    """
    total = 0
    while n := _record_some():
        total += n
        if n < AT_ONCE:
            break
    return total


@transaction.atomic
def _record_some() -> int:
    sent = list(
        Message.objects.filter(is_told=False, sent_at__isnull=False)
        .select_related("campaign")
        .only(
            "customer_id",
            "sent_at",
            "channel",
            "run_id",
            "arm",
            "campaign__name",
            "campaign__external_id",
        )
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]
    )
    if sent:
        ingest([_sent_event(message) for message in sent], source=SOURCE)
        _count(sent)
        Message.objects.filter(pk__in=[message.pk for message in sent]).update(
            is_told=True
        )
    return len(sent)


def _count(sent: list[Message]) -> None:
    """Add messages to what their campaigns sent in these ten minutes: the brake reads
    it. One order for all workers, so that two of them can't wait for each other.
    """
    counted = Counter((one.campaign_id, _span(one.sent_at)) for one in sent)
    campaigns, spans, n = zip(
        *((*key, n) for key, n in sorted(counted.items())), strict=True
    )
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"campaigns": [*campaigns], "spans": [*spans], "n": [*n]})


def _span(moment: datetime | None) -> datetime:
    assert moment is not None  # noqa: S101  the query asked for it
    return moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)


def record(
    message: Message, kind: str, at: datetime, *, event_id: str, **properties: Any
) -> None:
    """Tell of something the customer did with a message."""
    ingest([_event(message, kind, at, event_id, properties)], source=SOURCE)


def campaign_id(campaign: Campaign) -> str:
    """Return by which id events name a campaign."""
    return campaign.external_id or campaign.name


def _sent_event(message: Message) -> EventIn:
    assert message.sent_at is not None  # noqa: S101  the query asked for it
    return _event(
        message,
        "message_sent",
        message.sent_at,
        f"message_sent:{message.pk}",
        {"arm": message.arm},
    )


def _event(
    message: Message, kind: str, at: datetime, event_id: str, properties: dict[str, Any]
) -> EventIn:
    return EventIn(
        customer=message.customer_id,
        type=kind,
        at=at,
        event_id=event_id,
        campaign_id=campaign_id(message.campaign),
        properties={
            "message": message.pk,
            "channel": message.channel,
            "run": message.run_id,
            **properties,
        },
    )
