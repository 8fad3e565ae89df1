"""Write and read what is known of each customer now: traits and scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection, transaction
from django.utils.translation import gettext as _

from profiles.models import Customer, Portrait
from retention_site.lib import registry
from retention_site.lib.commands import json_line

EVIDENCE = "__n"  # suffix of the column that says how many observations stand behind a trait
STAGE = "CREATE TEMP TABLE staged_traits (customer_id bigint, traits jsonb) ON COMMIT DROP"
MERGE_TRAITS = """
    INSERT INTO profiles_portrait (customer_id, traits, as_of, computed_at)
    SELECT staged.customer_id, jsonb_strip_nulls(staged.traits), %(as_of)s, now()
    FROM staged_traits staged JOIN profiles_customer customer ON customer.id = staged.customer_id
    ON CONFLICT (customer_id) DO UPDATE SET
        traits = (profiles_portrait.traits - %(keys)s::text[]) || excluded.traits,
        as_of = excluded.as_of, computed_at = excluded.computed_at
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
    """Store traits from a table with ``customer`` and ``<key>``, ``<key>__n`` per trait; return the customers.

    These traits are replaced, also by nothing where a customer has none now; others are kept.
    """
    keys = [name for name in wide.schema.names if name != "customer" and not name.endswith(EVIDENCE)]
    with duckdb.connect() as engine:
        engine.register("wide", wide)
        rows = engine.execute(f"SELECT customer, {_as_json(keys)}::VARCHAR FROM wide")  # noqa: S608  keys are ours
        return _merge(iter(rows.fetchone, None), keys, as_of)


def write_traits(key: str, values: Iterable[tuple[int, Any, int]], as_of: datetime) -> int:
    """Store one trait from (customer, value, evidence); return the customers."""
    rows = ((who, json_line({key: {"value": value, "evidence": n}})) for who, value, n in values)
    return _merge(rows, [key], as_of)


@transaction.atomic
def write_scores(kind: str, horizon_days: int, rows: Iterable[ScoreRow], *, model: str, as_of: datetime) -> int:
    """Store what a model expects of customers; return how many scores there are now."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE_SCORES)
        with cursor.copy("COPY staged_scores FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row.customer, row.value, json_line(list(row.reasons))))
        cursor.execute(MERGE_SCORES, {"kind": kind, "horizon_days": horizon_days, "model": model, "as_of": as_of})
        return int(cursor.rowcount)


def portrait_of(customer: Customer) -> list[TraitValue]:
    """Return the stored portrait, line by line, in the order of the traits' table; empty before the first one."""
    try:
        portrait = customer.portrait
    except Portrait.DoesNotExist:
        return []
    known = registry.everything("traits")
    places = {key: place for place, key in enumerate(known)}
    ordered = sorted(portrait.traits.items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0]))
    return [_line(key, stored, known.get(key), portrait) for key, stored in ordered]


def _line(key: str, stored: dict[str, Any], trait: Any, portrait: Portrait) -> TraitValue:
    handed_in = _("Computed outside the history, from texts or by clustering.")
    return TraitValue(
        key=key,
        title=str(trait.title) if trait else key.replace("_", " ").capitalize(),
        value=stored.get("value"),
        definition=str(trait.definition) if trait else handed_in,
        window_days=trait.window_days if trait else None,
        unit=str(trait.unit) if trait else "",
        evidence=stored.get("evidence"),
        as_of=portrait.as_of,
        computed_at=portrait.computed_at,
    )


def _as_json(keys: list[str]) -> str:
    """One JSON object per customer; a trait without a value is null and stripped on storing."""
    pairs = ", ".join(
        f"""'{key}', CASE WHEN "{key}" IS NULL THEN NULL
            ELSE json_object('value', "{key}", 'evidence', "{key}{EVIDENCE}") END"""
        for key in keys
    )
    return f"json_object({pairs})"


@transaction.atomic
def _merge(rows: Iterable[tuple[int, str]], keys: list[str], as_of: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy("COPY staged_traits FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(MERGE_TRAITS, {"as_of": as_of, "keys": keys})
        return int(cursor.rowcount)
