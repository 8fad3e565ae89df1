"""What leaves PostgreSQL for the history, and its columns there."""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv
from django.db import connection

TIME = pa.timestamp("us", "UTC")
TEXT, NUMBER, KEY, FLAG = pa.string(), pa.float64(), pa.int64(), pa.bool_()
BLOCK_BYTES = 8 << 20  # parsed at once


@dataclass(frozen=True)
class Table:
    """One exported table: its query and its columns."""

    query: str
    columns: dict[str, pa.DataType]


# A time of receipt that lies ahead of the shop's clock is the database's own: the clock runs at an offset then.
RECEIVED = "CASE WHEN {0} > %(now)s THEN {0} + %(offset)s ELSE {0} END"

EVENTS = Table(
    f"""
    SELECT customer_id, type, happened_at, {RECEIVED.format("received_at")}, item_id, order_id, quantity, price,
        discount, currency, campaign_id, coupon_code, session_id, text, properties
    FROM profiles_event WHERE transaction >= %(from)s AND transaction < %(to)s
    """,
    {
        "customer": KEY, "type": TEXT, "happened_at": TIME, "received_at": TIME, "item_id": TEXT, "order_id": TEXT,
        "quantity": NUMBER, "price": NUMBER, "discount": NUMBER, "currency": TEXT, "campaign_id": TEXT,
        "coupon_code": TEXT, "session_id": TEXT, "text": TEXT, "properties": TEXT,
    },
)  # fmt: skip

SNAPSHOTS = {
    "customers": Table(
        """
        SELECT id, external_id, email, phone, first_name, last_name, gender, birth_date, age, region, country, language,
            time_zone, signed_up_at, created_at + %(offset)s, contacts_are_simulated, traits
        FROM profiles_customer WHERE merged_into_id IS NULL AND erased_at IS NULL ORDER BY id
        """,
        {
            "customer": KEY, "customer_id": TEXT, "email": TEXT, "phone": TEXT, "first_name": TEXT, "last_name": TEXT,
            "gender": TEXT, "birth_date": pa.date32(), "age": TEXT, "region": TEXT, "country": TEXT, "language": TEXT,
            "time_zone": TEXT, "signed_up_at": TIME, "known_at": TIME, "contacts_are_simulated": FLAG, "traits": TEXT,
        },
    ),
    "merges": Table(
        "SELECT id, merged_into_id FROM profiles_customer WHERE merged_into_id IS NOT NULL",
        {"customer": KEY, "merged_into": KEY},
    ),
    "items": Table(
        """
        SELECT external_id, title, description, brand, category, price, currency, available, attributes
        FROM profiles_item ORDER BY id
        """,
        {
            "item_id": TEXT, "title": TEXT, "description": TEXT, "brand": TEXT, "category": TEXT, "price": NUMBER,
            "currency": TEXT, "available": FLAG, "attributes": TEXT,
        },
    ),
    "consents": Table(
        f"""
        SELECT customer_id, channel, topic, status, at, {RECEIVED.format("received_at")}, source
        FROM profiles_consent ORDER BY customer_id
        """,
        {
            "customer": KEY, "channel": TEXT, "topic": TEXT, "status": TEXT, "stated_at": TIME, "received_at": TIME,
            "source": TEXT,
        },
    ),
    "portraits": Table(
        "SELECT customer_id, as_of, traits FROM profiles_portrait ORDER BY customer_id",
        {"customer": KEY, "as_of": TIME, "traits": TEXT},
    ),
    "scores": Table(
        "SELECT customer_id, kind, horizon_days, value, model, as_of FROM profiles_score ORDER BY customer_id",
        {"customer": KEY, "kind": TEXT, "horizon_days": pa.int32(), "value": NUMBER, "model": TEXT, "as_of": TIME},
    ),
}  # fmt: skip

# The tables of PostgreSQL whose changes make a snapshot stale
SOURCES = {
    "profiles_customer": ("customers", "merges"),
    "profiles_item": ("items",),
    "profiles_consent": ("consents",),
    "profiles_portrait": ("portraits",),
    "profiles_score": ("scores",),
}


def export(table: Table, values: dict[str, object]) -> Iterator[pa.Table]:
    """Yield the rows that a query gives, some megabytes at a time."""
    with closing(_blocks(table.query, values)) as blocks:
        for block in blocks:
            yield _parsed(block, table.columns)


def empty(table: Table) -> pa.Table:
    """A table without rows."""
    return pa.schema(list(table.columns.items())).empty_table()


def _blocks(query: str, values: dict[str, object]) -> Iterator[bytes]:
    with connection.cursor() as cursor, connection.wrap_database_errors:
        filled = cursor.mogrify(query, values)
        rows: list[bytes | memoryview] = []
        n_bytes = 0
        with cursor.copy(f"COPY ({filled}) TO STDOUT (FORMAT csv)") as copy:
            for row in copy:
                rows.append(row)
                n_bytes += len(row)
                if n_bytes >= BLOCK_BYTES:
                    yield b"".join(rows)
                    rows, n_bytes = [], 0
        if rows:
            yield b"".join(rows)


def _parsed(block: bytes, columns: dict[str, pa.DataType]) -> pa.Table:
    names: Sequence[str] = list(columns)
    return pa.csv.read_csv(
        io.BytesIO(block),
        pa.csv.ReadOptions(column_names=names, block_size=len(block) + 1),
        pa.csv.ParseOptions(newlines_in_values=True),
        pa.csv.ConvertOptions(
            column_types=columns,
            true_values=["t"],
            false_values=["f"],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
