"""Write and read what is known of each customer now: traits and scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from django.db import connection, transaction

from profiles.models import Customer, Portrait
from retention_site.lib import registry
from retention_site.lib.commands import json_line

from .traits.contract import Meaning

ROWS_AT_ONCE = 50_000
# after the point: what lies beyond is only rounding, and takes room a million times
PLACES = 8
# suffix of the column that says how many observations stand behind a trait
EVIDENCE = "__n"
LINES = (
    # as COPY reads them
    "SELECT customer || chr(9) || replace({traits}, '\\', '\\\\') || chr(10) AS line"
    " FROM wide"
)
STAGE = (
    "CREATE TEMP TABLE staged_traits (customer_id bigint, traits jsonb) ON COMMIT DROP"
)
MERGE_DRAWN = """
    INSERT INTO profiles_portrait (customer_id, traits, as_of, computed_at)
    SELECT staged.customer_id, staged.traits, %(as_of)s, now()
    FROM staged_traits staged JOIN profiles_customer customer ON customer.id = staged.customer_id
    ON CONFLICT (customer_id) DO UPDATE SET
        traits = (profiles_portrait.traits - %(keys)s::text[]) || excluded.traits,
        as_of = excluded.as_of, computed_at = excluded.computed_at
"""
MERGE_GIVEN = """
    INSERT INTO profiles_portrait (customer_id, traits, as_of, computed_at)
    SELECT staged.customer_id, staged.traits, %(as_of)s, now()
    FROM staged_traits staged JOIN profiles_customer customer ON customer.id = staged.customer_id
    ON CONFLICT (customer_id) DO UPDATE SET traits = profiles_portrait.traits || excluded.traits
"""
STAGE_SCORES = """
    CREATE TEMP TABLE staged_scores (customer_id bigint, value double precision, reasons jsonb) ON COMMIT DROP
"""
MERGE_SCORES = """
    INSERT INTO profiles_score (customer_id, kind, horizon_days, value, reasons, model, as_of, computed_at)
    SELECT staged.customer_id, %(kind)s, %(horizon_days)s, staged.value, staged.reasons, %(model)s, %(as_of)s, now()
    FROM staged_scores staged JOIN profiles_customer customer ON customer.id = staged.customer_id
    ON CONFLICT (customer_id, kind, horizon_days) DO UPDATE SET
        value = excluded.value, reasons = excluded.reasons, model = excluded.model,
        as_of = excluded.as_of, computed_at = excluded.computed_at
"""
KEEP_SCORES = """
    INSERT INTO profiles_pastscore (customer_id, kind, horizon_days, value, model, as_of)
    SELECT staged.customer_id, %(kind)s, %(horizon_days)s, staged.value, %(model)s, %(as_of)s
    FROM staged_scores staged JOIN profiles_customer customer ON customer.id = staged.customer_id
    ON CONFLICT (customer_id, kind, horizon_days, as_of) DO UPDATE SET value = excluded.value, model = excluded.model
"""


@dataclass(frozen=True)
class TraitValue:
    """One line of a portrait."""

    key: str
    title: str
    value: Any
    definition: str
    window_days: int | None
    unit: str
    evidence: int | None
    as_of: datetime
    computed_at: datetime


@dataclass(frozen=True)
class ScoreRow:
    """What a model expects of one customer; ``customer`` is the row id."""

    customer: int
    value: float
    reasons: Sequence[str]


def write_portraits(wide: pa.Table, as_of: datetime) -> int:
    """Store traits from a table with ``customer`` and ``<key>``, ``<key>__n`` per
    trait; return the customers.

    These traits are replaced, also by nothing where a customer has none now; others are
    kept.
    """
    keys = [
        name
        for name in wide.schema.names
        if name != "customer" and not name.endswith(EVIDENCE)
    ]
    with duckdb.connect() as engine:
        engine.register("wide", wide)
        lines = engine.sql(
            LINES.format(traits=_as_json(wide.schema, keys))
        ).to_arrow_reader(ROWS_AT_ONCE)
        return _merge(map(_written, lines), MERGE_DRAWN, {"as_of": as_of, "keys": keys})


def write_traits(
    key: str, values: Iterable[tuple[int, Any, int]], as_of: datetime
) -> int:
    """Store one trait that is handed in, from (customer, value, evidence); return the
    customers.

    ``key`` must stand among the plug-ins ``given_traits``, where its meaning is told,
    else `UnknownPlugin`. Each value keeps the moment it is of; other traits are left
    alone. Customers that are not named keep what they had.
    """
    registry.load("given_traits", key)
    of = {"as_of": as_of.isoformat()}
    rows = (
        (who, json_line({key: {"value": value, "evidence": n} | of}))
        for who, value, n in values
    )
    lines = (
        "{}\t{}\n".format(who, traits.replace("\\", "\\\\")).encode()
        for who, traits in rows
    )
    return _merge(lines, MERGE_GIVEN, {"as_of": as_of})


@transaction.atomic
def write_scores(
    kind: str,
    horizon_days: int,
    rows: Iterable[ScoreRow],
    *,
    model: str,
    as_of: datetime,
    is_live: bool = True,
) -> int:
    """Store what a model expects of customers; return how many. Those of the past are
    kept beside the live ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAGE_SCORES)
        with cursor.copy("COPY staged_scores FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row.customer, row.value, json_line(list(row.reasons))))
        run: dict[str, str | int | datetime] = {
            "kind": kind,
            "horizon_days": horizon_days,
        }
        run |= {"model": model, "as_of": as_of}
        cursor.execute(KEEP_SCORES, run)
        if is_live:
            cursor.execute(MERGE_SCORES, run)
        return int(cursor.rowcount)


def portrait_of(customer: Customer) -> list[TraitValue]:
    """Return the stored portrait, line by line, in the order of the traits' table;
    empty before the first one.
    """
    try:
        portrait = customer.portrait
    except Portrait.DoesNotExist:
        return []
    known = registry.everything("traits") | registry.everything("given_traits")
    places = {key: place for place, key in enumerate(known)}
    ordered = sorted(
        portrait.traits.items(),
        key=lambda pair: (places.get(pair[0], len(places)), pair[0]),
    )
    return [
        _line(known[key], stored, portrait) for key, stored in ordered if key in known
    ]


def _line(meaning: Meaning, stored: dict[str, Any], portrait: Portrait) -> TraitValue:
    own = stored.get("as_of")
    return TraitValue(
        key=meaning.key,
        title=str(meaning.title),
        value=stored.get("value"),
        definition=str(meaning.definition),
        window_days=meaning.window_days,
        unit=str(meaning.unit),
        evidence=stored.get("evidence"),
        as_of=datetime.fromisoformat(own) if own else portrait.as_of,
        computed_at=portrait.computed_at,
    )


def _as_json(schema: pa.Schema, keys: list[str]) -> str:
    """SQL of one JSON object per customer, of the traits that have a value; what is no
    number is no value.
    """
    return (
        "'{' || concat_ws(',', "
        + ", ".join(_pair(key, schema.field(key).type) for key in keys)
        + ") || '}'"
    )


def _pair(key: str, kind: pa.DataType) -> str:
    is_float = pa.types.is_floating(kind)
    value = f'round("{key}", {PLACES})' if is_float else f'"{key}"'
    pair = f"""'"{key}":{{"value":' || to_json({value}) || ',"evidence":' || "{key}{EVIDENCE}" || '}}'"""
    return f'CASE WHEN isfinite("{key}") THEN {pair} END' if is_float else pair


def _written(batch: pa.RecordBatch) -> bytes:
    """The texts of a batch's only column, one after the other."""
    column = batch.column(0).cast(pa.string())
    _valid, offsets, texts = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset :]
    return (
        memoryview(texts)[ends[0] : ends[len(column)]].tobytes() if len(column) else b""
    )


@transaction.atomic
def _merge(lines: Iterable[bytes], merge: str, values: dict[str, Any]) -> int:
    """Bring lines as COPY reads them, of a customer and a JSON object, into place."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with (
            connection.wrap_database_errors,
            cursor.copy("COPY staged_traits FROM STDIN") as copy,
        ):
            for some in lines:
                copy.write(some)
        cursor.execute(merge, values)
        return int(cursor.rowcount)
