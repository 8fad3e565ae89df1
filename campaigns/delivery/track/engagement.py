"""Write down what was heard of a message: a touchpoint with its evidence, and for a
human act an event.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns import customer_events
from campaigns.delivery import sql
from campaigns.delivery.track.bot_detection import Evidence
from campaigns.models import Message, Touchpoint
from retention_site.lib.clock import now

EVENTS = {
    Touchpoint.Kind.OPEN: "message_opened",
    Touchpoint.Kind.CLICK: "message_clicked",
    Touchpoint.Kind.UNSUBSCRIBE: "unsubscribed",
    Touchpoint.Kind.BOUNCE: "message_bounced",
    Touchpoint.Kind.COMPLAINT: "message_complained",
    Touchpoint.Kind.REPLY: "message_replied",
}

MOST_ALIKE = 10  # rows of one kind, by one link of a message
COUNT_ONE_MORE = """
    UPDATE campaigns_touchpoint SET evidence = jsonb_set(
        evidence, '{more}', to_jsonb(coalesce((evidence ->> 'more')::int, 0) + 1)
    ) WHERE id = %(touchpoint)s
"""


def message_of(pk: int) -> Message | None:
    """Return a message with what a public page needs."""
    return (
        Message.objects.select_related(
            "customer__merged_into", "campaign", "run__version"
        )
        .filter(pk=pk)
        .first()
    )


@transaction.atomic
def open_(message: Message, evidence: Evidence) -> None:
    """Note an open; the first one by a human is an event."""
    _touch(message, Touchpoint.Kind.OPEN, evidence, "", f"message_opened:{message.pk}")


@transaction.atomic
def click(message: Message, url: str, evidence: Evidence) -> None:
    """Note a click; each one by a human is an event."""
    _touch(message, Touchpoint.Kind.CLICK, evidence, url, None)


def note(message: Message, kind: str, at: datetime, evidence: dict[str, Any]) -> None:
    """Note an act that only a human can do."""
    touchpoint = Touchpoint.objects.create(
        message=message, kind=kind, at=at, evidence=evidence
    )
    customer_events.record(
        message,
        EVENTS[Touchpoint.Kind(kind)],
        now(),
        event_id=f"touchpoint:{touchpoint.pk}",
    )


def note_once(
    message: Message,
    kind: str,
    event_id: str,
    at: datetime,
    evidence: dict[str, Any],
    *,
    address: str = "",
) -> bool:
    """Note what a provider told; False when it was told before, or the customer was
    erased.

    ``address`` is the hash of the address it was about: it is kept here and is no part
    of the event.
    """
    if message.customer.erased_at:
        return False
    kept = {**evidence, "address": address} if address else evidence
    touchpoint, is_new = Touchpoint.objects.get_or_create(
        event_id=event_id,
        defaults={"message": message, "kind": kind, "at": at, "evidence": kept},
    )
    if is_new:
        customer_events.record(
            message,
            EVENTS[Touchpoint.Kind(kind)],
            at,
            event_id=f"touchpoint:{touchpoint.pk}",
            **evidence,
        )
    return is_new


def seconds_since_sent(message: Message) -> float | None:
    return (
        None if message.sent_at is None else (now() - message.sent_at).total_seconds()
    )


def _touch(
    message: Message,
    kind: Touchpoint.Kind,
    evidence: Evidence,
    url: str,
    event_id: str | None,
) -> None:
    if message.customer.erased_at or _is_one_more(message, kind, evidence, url):
        return
    moment = now()
    touchpoint = Touchpoint.objects.create(
        message=message,
        kind=kind,
        url=url,
        is_machine=evidence.is_machine,
        evidence=evidence.stored(),
        at=moment,
    )
    if not evidence.is_machine:
        extra = {"url": url} if url else {}
        customer_events.record(
            message,
            EVENTS[kind],
            moment,
            event_id=event_id or f"touchpoint:{touchpoint.pk}",
            **extra,
        )


def _is_one_more(
    message: Message, kind: Touchpoint.Kind, evidence: Evidence, url: str
) -> bool:
    """Count a touch on the last row of its like, once there are enough of them.

    Whoever got one mail could otherwise fill tables and reports by pressing its link
    again and again. `Touchpoint.n` stays the true number.
    """
    alike = Touchpoint.objects.filter(
        message=message, kind=kind, url=url, is_machine=evidence.is_machine
    )
    rows = list(alike.order_by("-pk").values_list("pk", flat=True)[:MOST_ALIKE])
    if len(rows) < MOST_ALIKE:
        return False
    sql.rows(COUNT_ONE_MORE, {"touchpoint": rows[0]})
    return True
