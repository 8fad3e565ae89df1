"""Take events in: each one once for ever, in any order, durable before the answer."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from profiles.identity import stub_customers
from profiles.intake import values
from profiles.intake.cleaners import MISSING, NEGATIVE_PRICE
from profiles.intake.events import EventIn, event_key
from profiles.intake.kinds.events import KNOWN_TYPES, SOLD
from profiles.intake.quarantine.refused_rows import BadRow, count_duplicates, keep
from profiles.intake.values import Refused
from profiles.signals import events_recorded
from retention_site.lib.clock import now

__all__ = ["EventIn", "Ingested", "Recorded", "ingest"]

# text → its most characters
MOST = {
    "type": values.MOST_WORD_CHARACTERS,
    "text": values.MOST_CHARACTERS,
} | dict.fromkeys(
    ("item_id", "order_id", "campaign_id", "coupon_code", "session_id"),
    values.MOST_ID_CHARACTERS,
)
SLICE = 10_000  # events of one statement
COLUMNS = (
    ("key", "uuid"),
    ("customer_id", "bigint"),
    ("type", "text"),
    ("happened_at", "timestamptz"),
    ("item_id", "text"),
    ("order_id", "text"),
    ("quantity", "numeric"),
    ("price", "numeric"),
    ("discount", "numeric"),
    ("currency", "text"),
    ("campaign_id", "text"),
    ("coupon_code", "text"),
    ("session_id", "text"),
    ("text", "text"),
    ("properties", "jsonb"),
)
NAMES = ", ".join(name for name, _kind in COLUMNS)
# What arrived is sorted by key, so that two writers of the same events don't wait for
# each other in a circle.
INSERT = f"""
    INSERT INTO profiles_event ({NAMES}, source) {{arrived}} ON CONFLICT (key) DO NOTHING
    RETURNING key, id,
        coalesce((SELECT merged_into_id FROM profiles_customer known WHERE known.id = customer_id), customer_id),
        item_id IS NOT NULL AND (SELECT true FROM profiles_item known WHERE known.external_id = item_id) IS NULL
"""  # noqa: S608  column names of our own
# One row as values costs the server half of what it costs as arrays; many cost less as
# arrays.
VALUES = ", ".join(f"%s::{kind}" for _name, kind in COLUMNS)
ARRAYS = ", ".join(f"%s::{kind}[]" for _name, kind in COLUMNS)
# Who was erased a moment ago, or is spoken of by our own messages, is looked for here.
# Each row looks its customer and item up: asked for all at once, the database would
# read every customer and item there is.
LIVING = (
    "WHERE (SELECT gone.erased_at FROM profiles_customer gone WHERE gone.id ="
    " arrived.customer_id) IS NULL"
)
ROW = f"AS arrived ({NAMES})"
ONE = INSERT.format(
    arrived=f"SELECT arrived.*, %s FROM (VALUES ({VALUES})) {ROW} {LIVING}"  # noqa: S608
)
MANY = INSERT.format(
    arrived=f"SELECT arrived.*, %s FROM unnest({ARRAYS}) {ROW} {LIVING}"  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that is stored now: its primary key, that of the person (merges
    followed), and what arrived.
    """

    id: int
    customer: int
    event: EventIn


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the events, all that came; those of erased customers are forgotten
    at once.
    """

    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    forgotten: int = 0
    refused: tuple[BadRow, ...] = ()

    def __add__(self, other: "Ingested") -> "Ingested":
        return Ingested(
            self.stored + other.stored,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
            self.forgotten + other.forgotten,
            self.refused + other.refused,
        )


def ingest(events: Sequence[EventIn], *, source: str) -> Ingested:
    """Store ``events`` durably, those stored before left as they are, bad ones put
    aside with their reason.

    Customers whom nobody described yet get a bare row; an unknown item stops nothing.
    What is new is announced by `events_recorded` once the surrounding transaction
    commits.
    """
    total = Ingested()
    for start in range(0, len(events), SLICE):
        total += _ingest_slice(events[start : start + SLICE], source)
    return total


def _ingest_slice(events: Sequence[EventIn], source: str) -> Ingested:
    good, bad = _sort_out(events, now())
    arrived = _with_customers(good)
    # one statement alone needs no transaction
    with transaction.atomic(savepoint=False) if bad else nullcontext():
        keep(bad, source)
        recorded = _insert(arrived, source) if arrived else []
        count_duplicates(source, len(arrived) - len(recorded))
    if recorded:
        transaction.on_commit(lambda: _announce(recorded))
    return Ingested(
        stored=len(recorded),
        duplicates=len(arrived) - len(recorded),
        quarantined=len(bad),
        forgotten=len(good) - len(arrived),
        refused=tuple(bad),
    )


def checked(event: EventIn, moment: datetime) -> EventIn:
    """Return the event fit for storing; raise `Refused` with the column and reason."""
    if event.at.tzinfo is None:
        raise Refused("at", "time without a zone")
    values.check_moment(event.at, "at", now=moment)
    cleaned = {name: _cleaned_text(event, name) for name in MOST}
    changes: dict[str, Any] = {
        name: clean for name, clean in cleaned.items() if clean != getattr(event, name)
    }
    if isinstance(event.customer, str):
        changes["customer"] = values.customer_id(event.customer)
    said = changes.get("type", event.type)
    if not said:
        raise Refused("type", MISSING)
    if (meant := kind_of(said, event.quantity)) != event.type:
        changes["type"] = meant
    if meant == "purchase" and event.price is not None and event.price < 0:
        raise Refused("price", NEGATIVE_PRICE)
    if meant == "coupon_redeemed" and not (event.coupon_code or event.campaign_id):
        raise Refused("coupon_code", MISSING)
    if event.quantity is None and meant in SOLD:
        changes["quantity"] = Decimal(1)
    quantity = changes.get("quantity", event.quantity)
    if meant == "return" and quantity is not None and quantity > 0:
        changes["quantity"] = -quantity  # what came back counts below zero
    return replace(event, **changes) if changes else event


def kind_of(said: str, quantity: Decimal | None) -> str:
    """Return the kind of event that a word and a quantity mean; words that we don't
    know stay as they are.
    """
    if quantity is not None and quantity < 0:
        return "return"
    return said.lower() if said.lower() in KNOWN_TYPES else said


def _cleaned_text(event: EventIn, name: str) -> str | None:
    said = getattr(event, name)
    return None if said is None else values.text(said, name, most=MOST[name])


def _sort_out(
    events: Sequence[EventIn], moment: datetime
) -> tuple[list[EventIn], list[BadRow]]:
    good, bad = [], []
    for event in events:
        try:
            good.append(checked(event, moment))
        except Refused as refused:
            bad.append(_bad_row(event, refused))
    return good, bad


def _bad_row(event: EventIn, refused: Refused) -> BadRow:
    row = {
        name: getattr(event, name)
        for name in EventIn.__slots__
        if getattr(event, name) is not None
    }
    return BadRow(
        "facts",
        refused.column,
        refused.reason,
        row,
        line=event.line,
        place=event.event_id,
    )


def _with_customers(events: list[EventIn]) -> list[tuple[int, EventIn]]:
    """Pair each event with its customer's primary key; events of erased customers are
    left out.
    """
    known = stub_customers.customers(
        event.customer for event in events if isinstance(event.customer, str)
    )
    erased = {said for said, found in known.items() if found.is_erased}
    return [
        (known[one.customer].pk if isinstance(one.customer, str) else one.customer, one)
        for one in events
        if one.customer not in erased
    ]


def _insert(arrived: list[tuple[int, EventIn]], source: str) -> list[Recorded]:
    by_key: dict[UUID, tuple[int, EventIn]] = {}
    for customer, event in arrived:
        by_key.setdefault(event_key(event.event_id, event.place), (customer, event))
    rows = [_row(key, *by_key[key]) for key in sorted(by_key)]
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(ONE, [source, *rows[0]])
        else:
            cursor.execute(MANY, [source, *map(list, zip(*rows, strict=True))])
        stored = cursor.fetchall()
    stub_customers.make_items(
        by_key[key][1].item_id
        for key, _pk, _person, is_new_item in stored
        if is_new_item
    )
    return [
        Recorded(pk, person, by_key[key][1]) for key, pk, person, _is_new_item in stored
    ]


def _row(key: UUID, customer: int, event: EventIn) -> tuple[Any, ...]:
    """One value per column of `COLUMNS`."""
    return (
        key,
        customer,
        event.type,
        event.at.astimezone(UTC),
        event.item_id,
        event.order_id,
        event.quantity,
        event.price,
        event.discount,
        event.currency,
        event.campaign_id,
        event.coupon_code,
        event.session_id,
        event.text,
        Jsonb(event.properties) if event.properties else None,
    )


def _announce(recorded: list[Recorded]) -> None:
    events_recorded.send_robust(sender=None, events=recorded)
