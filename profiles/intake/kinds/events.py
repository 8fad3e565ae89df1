"""Files of events: many rows, so they go into place batch by batch."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from django.db import IntegrityError, connection, transaction

from profiles.intake.cleaners import (
    MISSING,
    NEGATIVE_PRICE,
    currency,
    email,
    identifier,
    moment,
    money,
    name,
    number,
    person,
    text,
)
from profiles.intake.orders.files import KnownOrders
from retention_site.lib.clock import now

from .base import (
    Check,
    Clean,
    Column,
    Foreseen,
    ImportKind,
    Stored,
    make_bare_items,
    names_of,
    stage,
)
from .binary import copy_binary
from .event_customers import EventCustomers, stage_ids
from .upserts import EXAMPLES

KNOWN_TYPES = (
    "view",
    "search",
    "cart",
    "purchase",
    "review",
    "return",
    "coupon_redeemed",
)
SOLD = "purchase", "cart", "return"  # without a quantity they mean one

TYPES = {
    "key": "uuid",
    "customer_id": "bigint",
    "happened_at": "timestamptz",
    "received_at": "timestamptz",
    "quantity": "numeric",
    "price": "numeric",
    "discount": "numeric",
    "properties": "jsonb",
}

TYPE = f"""CASE WHEN quantity < 0 THEN 'return'
    WHEN lower(type) IN {KNOWN_TYPES} THEN lower(type) ELSE type END"""
# What came back counts below zero, however a file says it.
QUANTITY = f"""CASE WHEN lower(type) = 'return' THEN -abs(coalesce(CAST(quantity AS DECIMAL(14, 3)), 1))
    ELSE coalesce(CAST(quantity AS DECIMAL(14, 3)), CASE WHEN lower(type) IN {SOLD} THEN 1 END) END"""
# With an id of its own, an event is that id wherever it comes from; without one it is
# its place in this very file.
KEY = """CASE WHEN event_id IS NOT NULL THEN substr(sha256(event_id), 1, 32)
    ELSE getvariable('file_key') || printf('%016x', line) END"""


class Events(ImportKind):
    """Whose an event is, one of three columns says: a guest has no id of the shop's."""

    tables = ("profiles_event", "profiles_customer")
    extra = "properties"
    one_of = ("customer_id", "anonymous_id", "email")
    checks = (
        Check(
            "customer_id",
            MISSING,
            "coalesce({customer_id}, {anonymous_id}, {email}) IS NULL",
        ),
        Check("price", NEGATIVE_PRICE, "{price} < 0 AND lower({type}) = 'purchase'"),
        Check(
            "coupon_code",
            MISSING,
            "lower({type}) = 'coupon_redeemed' AND coalesce({coupon_code}, {campaign_id}) IS NULL",
        ),
    )
    columns: ClassVar = (
        Column("customer_id", person),
        Column("type", name, is_required=True),
        Column("at", moment, is_required=True),
        *(Column(one, identifier) for one in ("event_id", "item_id", "order_id")),
        Column("quantity", number(14, 3)),
        Column("price", money(20, 8)),
        Column("discount", money(14, 4)),
        Column("currency", currency),
        Column("text", text),
        Column("anonymous_id", person),
        Column("email", email, is_dispensable=True),
        *(
            Column(one, identifier)
            for one in ("session_id", "campaign_id", "coupon_code")
        ),
    )
    reads = frozenset({"event_id", "type", "quantity", "at"})
    derived: ClassVar = {
        "type": TYPE,
        "quantity": QUANTITY,
        "happened_at": '"at"',
        "key": KEY,
    }

    def store(self, batches: Iterator[Clean], source: str) -> Stored:
        customers = EventCustomers(source)
        items: set[str] = set()
        orders = KnownOrders(source, self.origin)
        total = Stored()
        for batch in batches:
            rows = customers.resolve(batch.rows)
            rows = orders.what_is_missing(rows)
            _meet_items(rows, items)
            total += _store(rows, source, orders)
        return total

    def foresee(self, batches: Iterator[Clean], source: str) -> Foreseen:
        """Only read: which events nobody stored yet, batch by batch."""
        customers = EventCustomers(source, creates=False)
        orders = KnownOrders(source, self.origin, remembers=False)
        new = 0
        examples: tuple[dict[str, str], ...] = ()
        for batch in batches:
            rows = orders.what_is_missing(customers.resolve(batch.rows))
            new += _count_new(rows)
            examples = examples or _shown(batch.rows)
        return Foreseen(new, new_customers=len(customers.unknown), new_rows=examples)


def _count_new(rows: pa.Table) -> int:
    if not rows.num_rows:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        stage(cursor, {"key": "uuid"})
        copy_binary(cursor, "incoming", rows.select(["key"]), TYPES)
        cursor.execute(
            "SELECT count(DISTINCT key) FROM incoming WHERE NOT EXISTS (SELECT FROM"
            " profiles_event event WHERE event.key = incoming.key)"
        )
        return int(cursor.fetchone()[0])


def _shown(rows: pa.Table) -> tuple[dict[str, str], ...]:
    """Return a few rows as a person reads them."""
    first = rows.slice(0, EXAMPLES).to_pylist()
    hidden = ("key", "line", "properties")
    return tuple(
        {
            name: f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)
            for name, cell in row.items()
            if cell is not None and name not in hidden
        }
        for row in first
    )


def _meet_items(rows: pa.Table, known: set[str]) -> None:
    if "item_id" not in rows.column_names:
        return
    words = [
        word
        for word in rows["item_id"].unique().to_pylist()
        if word is not None and word not in known
    ]
    if words:
        with transaction.atomic(), connection.cursor() as cursor:
            stage_ids(cursor, "item_id", words)
            make_bare_items(cursor)
        known.update(words)


def _store(rows: pa.Table, source: str, orders: KnownOrders) -> Stored:
    """Store one batch in one transaction: straight into place when none of it can be
    there yet.
    """
    rows = rows.drop_columns(["line"]).append_column(
        "source", pa.repeat(source, rows.num_rows)
    )
    received = pa.scalar(now(), pa.timestamp("us", "UTC"))
    rows = rows.append_column("received_at", pa.repeat(received, rows.num_rows))
    if rows.num_rows and _is_new(rows) and not orders.are_told:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                copy_binary(cursor, "profiles_event", rows, TYPES)
            return Stored(rows.num_rows)
        except IntegrityError:  # another import of the same file came first
            pass
    with transaction.atomic(), connection.cursor() as cursor:
        stage(cursor, {name: TYPES.get(name, "text") for name in rows.column_names})
        copy_binary(cursor, "incoming", rows, TYPES)
        names = names_of(rows.column_names)
        cursor.execute(
            f"INSERT INTO profiles_event ({names}) SELECT {names} FROM incoming ORDER"
            " BY key ON CONFLICT DO NOTHING"
        )
        stored = Stored(cursor.rowcount)
        orders.note(cursor)
        return stored


def _is_new(rows: pa.Table) -> bool:
    """Whether the keys are a run of line numbers of which none is stored: one look into
    the index.
    """
    ends = pc.min_max(rows["key"]).as_py()
    first, last = ends["min"], ends["max"]
    if first[:16] != last[:16] or int(last, 16) - int(first, 16) > 4 * rows.num_rows:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM profiles_event WHERE key BETWEEN %s AND %s)",
            [first, last],
        )
        return not cursor.fetchone()[0]
