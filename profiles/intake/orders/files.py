"""Files that tell of orders: of those known from their source already, only what is
missing is stored.

Two equal rows of one file are two. The first file of a source has nothing to be
compared with, and costs one query.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from profiles.intake.kinds.binary import copy_binary
from profiles.models import Event, Order, OrderFile

if TYPE_CHECKING:
    from profiles.intake.kinds.base import Origin

KINDS = ("purchase", "return")
TYPES = {"n": "bigint", "customer_id": "bigint", "quantity": "numeric"}
ASKED = ("n", "customer_id", "order_id", "item_id", "type", "quantity")
# Counted by item: as many as are stored are known, in the order of the file. Rows of
# this very import have later keys.
KNOWN = """
    WITH asked AS (
        SELECT DISTINCT order_id, customer_id FROM told
        UNION
        SELECT one.order_id, one.customer_id FROM profiles_order one
        WHERE one.source = ANY(%(sources)s) AND one.customer_id IS NOT NULL
            AND one.order_id IN (SELECT order_id FROM told)
    ), known AS (
        SELECT event.order_id, event.type, coalesce(event.item_id, '') AS item, sum(abs(event.quantity)) AS quantity
        FROM asked JOIN profiles_event event
            ON event.customer_id = asked.customer_id AND event.order_id = asked.order_id
        WHERE event.source = ANY(%(sources)s) AND event.type IN ('purchase', 'return') AND event.id <= %(last)s
        GROUP BY 1, 2, 3
    ), counted AS (
        SELECT told.n, abs(told.quantity) AS quantity, known.quantity AS known,
            sum(abs(told.quantity)) OVER (PARTITION BY order_id, type, known.item ORDER BY told.n) AS so_far
        FROM told JOIN known USING (order_id, type) WHERE known.item = coalesce(told.item_id, '')
    )
    SELECT n, greatest(least(quantity, so_far - known), 0)::float8 FROM counted
"""
# What a file adds to an order that a webhook told is written into its ledger too.
NOTE = """
    UPDATE profiles_order one SET ledger = one.ledger || added.entries, changed_at = now()
    FROM (
        SELECT order_id, jsonb_agg(jsonb_build_array(
            'item ' || coalesce(item_id, '') || ' 1',
            CASE type WHEN 'purchase' THEN 'sale' ELSE 'refund:' || key::text END,
            item_id, quantity::text, price::text
        )) AS entries
        FROM incoming WHERE type IN ('purchase', 'return') AND order_id IS NOT NULL
            AND EXISTS (SELECT FROM profiles_event event WHERE event.key = incoming.key AND event.id > %(last)s)
        GROUP BY order_id
    ) added
    WHERE one.source = %(source)s AND one.order_id = added.order_id
"""


class KnownOrders:
    """What is known of the orders of a file's source before the file is read."""

    def __init__(self, source: str, origin: Origin, *, remembers: bool = True) -> None:
        self.source, self.origin = source, origin
        self.remembers = remembers  # that this file told of orders

    def what_is_missing(self, rows: pa.Table) -> pa.Table:
        """Return rows without those, and with less of those, whose order was told
        before.
        """
        if "order_id" not in rows.column_names or not self._told_by:
            return rows
        told = _of_orders(rows)
        return _left_of(rows, self._rest(told)) if told.num_rows else rows

    def note(self, cursor: CursorWrapper) -> None:
        """Write what was just stored from the table ``incoming`` into the ledgers of
        orders that were told.
        """
        if self.are_told and _has(cursor, "order_id", "item_id", "price"):
            cursor.execute(NOTE, {"source": self.source, "last": self.last_event})

    @cached_property
    def are_told(self) -> bool:
        """Whether a webhook or a call told of orders of this source."""
        return Order.objects.filter(source=self.source).exists()

    @cached_property
    def _told_by(self) -> list[str]:
        """The names under which others told of this source's orders, none at first; the
        next file finds this one.
        """
        files = OrderFile.objects.filter(
            Q(source=self.source)
            if self.origin.is_named
            else Q(is_named=False) | Q(source=self.source)
        )
        others = list(
            files.exclude(file_key=self.origin.file_key)
            .values_list("source", flat=True)
            .distinct()
        )
        if self.remembers:
            OrderFile.objects.get_or_create(
                source=self.source,
                file_key=self.origin.file_key,
                defaults={"is_named": self.origin.is_named},
            )
        _ = self.last_event  # from here on the rows are this file's own
        return sorted({*others, self.source}) if others or self.are_told else []

    @cached_property
    def last_event(self) -> int:
        return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def _rest(self, told: pa.Table) -> dict[int, float]:
        """Return by place in the batch how many of a row are missing; rows of unknown
        orders are not in it.
        """
        kinds = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in ASKED)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.told")
            cursor.execute(f"CREATE TEMPORARY TABLE told ({kinds}) ON COMMIT DROP")
            copy_binary(cursor, "told", told, TYPES)
            cursor.execute("ANALYZE told")
            cursor.execute(KNOWN, {"sources": self._told_by, "last": self.last_event})
            return dict(cursor.fetchall())


def _of_orders(rows: pa.Table) -> pa.Table:
    numbered = rows.append_column("n", pa.array(range(rows.num_rows), pa.int64()))
    if "item_id" not in rows.column_names:
        numbered = numbered.append_column(
            "item_id", pa.nulls(rows.num_rows, pa.string())
        )
    is_line = pc.and_(
        numbered["order_id"].is_valid(), pc.is_in(numbered["type"], pa.array(KINDS))
    )
    return numbered.filter(is_line).select(list(ASKED))


def _left_of(rows: pa.Table, rest: dict[int, float]) -> pa.Table:
    """Take what is known off the rows: all of a row, or some of its quantity."""
    if not rest:
        return rows
    quantities = rows["quantity"].to_pylist()
    for n, missing in rest.items():
        if missing < abs(quantities[n]):
            quantities[n] = (
                type(quantities[n])(missing).copy_sign(quantities[n])
                if missing
                else None
            )
    kept = pa.array(
        [n for n in range(rows.num_rows) if n not in rest or quantities[n] is not None],
        pa.int64(),
    )
    place = rows.schema.get_field_index("quantity")
    changed = pa.chunked_array(
        [pa.array(quantities, rows.schema.field("quantity").type)]
    )
    return rows.set_column(place, "quantity", changed).take(kept)


def _has(cursor: CursorWrapper, *names: str) -> bool:
    cursor.execute(
        "SELECT count(*) FROM pg_attribute WHERE attrelid ="
        " to_regclass('pg_temp.incoming') AND attname = ANY(%s)",
        [list(names)],
    )
    return bool(cursor.fetchone()[0] == len(names))
