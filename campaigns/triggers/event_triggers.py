"""Events that triggers wait for: noticed as they are announced, and again by a sweep
that misses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce, Lower

from campaigns.content.triggers import CUSTOMER
from campaigns.models import Trigger
from campaigns.triggers import armed_triggers
from campaigns.triggers.armed_triggers import Watched
from campaigns.triggers.occasion_rows import Noticed, Sighting, notice
from profiles.models import Event
from retention_site.lib.clock import now
from retention_site.lib.transactions import first_open

COLUMNS = ("item_id", "order_id", "session_id", "campaign_id", "coupon_code")
TOLD = (*COLUMNS, "quantity", "price", "currency", "text")
AT_ONCE = 5_000
LOCK = 7_316_202_611  # one sweep at a time


class Happened(Protocol):
    """An event, stored or just announced."""

    type: Any
    at: Any
    item_id: Any
    properties: Any


def announced(events: Sequence[Any]) -> Noticed:
    """Notice what was just recorded (`profiles.intake.ingest.Recorded`)."""
    watched = armed_triggers.watching_events()
    if not watched:
        return Noticed()
    return notice(
        (
            sighting
            for one in events
            for sighting in _sightings(watched, one.id, one.customer, one.event)
        ),
        now(),
    )


def missed() -> Noticed:
    """Notice events that nobody announced: imported ones, and those whose announcer
    died. Safe from any number.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return Noticed()
        try:
            return _missed()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _missed() -> Noticed:
    """Look at the events of transactions that are over and were not looked at; then
    move the mark.
    """
    triggers = Trigger.objects.filter(is_active=True, kind="event")
    watched = [Watched.of(one) for one in triggers]
    if not watched:
        return Noticed()
    first, end = min(triggers.values_list("watermark", flat=True)), first_open()
    rows = (
        Event.objects.annotate(
            kind=Lower("type"),
            person=Coalesce("customer__merged_into", F("customer_id")),
        )
        .filter(
            transaction__gte=first,
            transaction__lt=end,
            kind__in=armed_triggers.event_types(watched),
        )
        .filter(
            at__gte=max(
                min(triggers.values_list("since", flat=True)),
                min(one.earliest(now()) for one in watched),
            )
        )
        .order_by("at")
    )
    n, n_due, batch = 0, 0, []
    for event in rows.iterator(AT_ONCE):
        batch += _sightings(watched, event.pk, event.person, event)
        if len(batch) >= AT_ONCE:
            found, batch = notice(batch, now()), []
            n, n_due = n + found.n, n_due + found.n_due
    found = notice(batch, now())
    triggers.filter(watermark__lt=end).update(watermark=end)
    return Noticed(n + found.n, n_due + found.n_due)


def _sightings(
    watched: Iterable[Watched], pk: int, customer: int, event: Happened
) -> list[Sighting]:
    kind = event.type.casefold()
    return [
        _sighting(one, pk, customer, event)
        for one in watched
        if kind in {said.casefold() for said in one.plan.events}
    ]


def _sighting(watched: Watched, pk: int, customer: int, event: Happened) -> Sighting:
    key = _key(watched.plan.key, customer, event)
    return Sighting(
        trigger=watched.id,
        customer=customer,
        key=key or f"event:{pk}",
        happened_at=event.at,
        due_at=event.at + watched.delay,
        data=_told(event),
        is_by_customer=not key and bool(watched.plan.key),
    )


def _key(path: str, customer: int, event: Happened) -> str:
    """Name the business object; empty where the event names none, and where the
    customer is the object.
    """
    if path in ("", CUSTOMER):
        return ""
    found = (
        getattr(event, path, None)
        if path in COLUMNS
        else _at_path(event.properties or {}, path)
    )
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        return ""
    # an item is seen by many
    return f"item_id:{found}:{customer}" if path == "item_id" else f"{path}:{found}"


def _at_path(properties: Mapping[str, Any], path: str) -> Any:
    found: Any = properties
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _told(event: Happened) -> dict[str, Any]:
    """What a template finds as `data`, and the items that it is about."""
    facts = {name: getattr(event, name, None) for name in TOLD}
    said = {
        name: str(one) if isinstance(one, Decimal) else one
        for name, one in facts.items()
        if one not in (None, "")
    }
    properties = event.properties or {}
    return {
        **properties,
        **said,
        "event": event.type,
        "at": _text(event.at),
        "item_ids": _items(event, properties),
    }


def _items(event: Happened, properties: Mapping[str, Any]) -> list[str]:
    """The item of the event, or those of a cart that is told as a whole."""
    products = properties.get("products")
    listed = (
        [one for one in products if isinstance(one, Mapping)]
        if isinstance(products, list)
        else []
    )
    named = [
        event.item_id,
        *(
            one.get("product_id") or one.get("item_id") or one.get("sku")
            for one in listed
        ),
    ]
    return list(dict.fromkeys(str(one) for one in named if one))[:50]


def _text(at: datetime) -> str:
    return at.isoformat()
