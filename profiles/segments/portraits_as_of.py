"""Portraits as of the moment that a rule is asked for: the stored ones when they are of
then, else drawn anew.
"""

from collections.abc import Sequence
from datetime import timedelta

import pyarrow as pa
from django.conf import settings

from profiles.history import Tables
from profiles.portraits.purchase_facts import facts_of
from profiles.portraits.refresh import draw, traits
from profiles.portraits.store import EVIDENCE

FRESH = timedelta(days=1)  # portraits are drawn once a day; younger ones are in force


def bring(tables: Tables, keys: Sequence[str]) -> None:
    """Make sure that ``portraits`` of the tables holds these traits as they were then."""
    if not keys or _are_of_then(tables):
        return
    chosen = [trait for trait in traits() if trait.key in keys]
    wide = draw(facts_of(tables, tables.as_of, settings.SHOP_TIME_ZONE), chosen)
    tables.connection.register("drawn", wide)
    tables.connection.execute(
        "CREATE OR REPLACE TEMP TABLE drawn_portraits AS " + _as_json(wide, keys)
    )
    tables.connection.unregister("drawn")
    tables.connection.execute(
        "CREATE OR REPLACE TEMP VIEW portraits AS SELECT * FROM drawn_portraits"
    )
    tables.files.pop("portraits", None)  # read from no file any more


def _are_of_then(tables: Tables) -> bool:
    """Whether portraits of the last day before the moment, and known at it, are stored."""
    newest = tables.run("SELECT max(as_of) AS newest FROM portraits")["newest"][
        0
    ].as_py()
    return newest is not None and tables.as_of - newest < FRESH


def _as_json(wide: pa.Table, keys: Sequence[str]) -> str:
    pairs = (
        f"""'{key}', CASE WHEN "{key}" IS NOT NULL
            THEN json_object('value', "{key}", 'evidence', "{key}{EVIDENCE}") END"""
        for key in keys
    )
    return (
        f"SELECT customer, CAST(json_object({', '.join(pairs)}) AS VARCHAR) AS traits"
        " FROM drawn"
    )
