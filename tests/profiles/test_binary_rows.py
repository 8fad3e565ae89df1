"""Rows in PostgreSQL's binary format arrive as they were."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.intake.kinds.base import stage
from profiles.intake.kinds.binary import copy_binary

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {
    "key": "uuid",
    "line": "bigint",
    "at": "timestamptz",
    "price": "numeric",
    "discount": "numeric",
    "properties": "jsonb",
    "words": "text",
}
ARROW = pa.schema(
    [
        ("key", pa.string()),
        ("line", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("price", pa.decimal128(20, 8)),
        ("discount", pa.decimal128(14, 4)),
        ("properties", pa.string()),
        ("words", pa.string()),
    ]
)
TEXT = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
)


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-(10**digits) + 1, 10**digits - 1).map(
        lambda n: Decimal(n).scaleb(-places)
    )


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.uuids().map(lambda key: key.hex),
            "line": st.none() | st.integers(-(2**63), 2**63 - 1),
            "at": (
                st.none()
                | st.integers(0, 4 * 10**15).map(
                    lambda n: FIRST + timedelta(microseconds=n)
                )
            ),
            "price": st.none() | decimals(20, 8),
            "discount": st.none() | decimals(14, 4),
            "properties": (
                st.none() | TEXT.map(lambda text: f'{{"a": {json.dumps(text)}}}')
            ),
            "words": st.none() | TEXT,
        }
    ),
    max_size=5,
)


@pytest.mark.django_db
@given(rows=ROWS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_goes_in_comes_out(rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(rows, ARROW)
    with transaction.atomic(), connection.cursor() as cursor:
        stage(cursor, KINDS)
        copy_binary(
            cursor,
            "incoming",
            pa.concat_tables([table.slice(0, 1), table.slice(1)]),
            KINDS,
        )
        cursor.execute(
            'SELECT key, line, "at", price, discount, properties, words FROM incoming'
        )
        found = cursor.fetchall()
        cursor.execute("SELECT price::text, discount::text FROM incoming")
        written = cursor.fetchall()
    expected = [tuple(row[name] for name in ARROW.names) for row in rows]
    assert [(key.hex, *rest[:4], rest[5]) for key, *rest in found] == [
        (*row[:5], row[6]) for row in expected
    ]
    assert [row[5] and json.loads(row[5]) for row in found] == [
        row[5] and json.loads(row[5]) for row in expected
    ]
    said = [
        tuple(None if one is None else f"{one:f}" for one in row[3:5])
        for row in expected
    ]
    assert written == said
