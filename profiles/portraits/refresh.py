"""Draw everybody's portrait as of a time, all traits in one go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa
from django.conf import settings

from profiles import history
from retention_site.lib import clock, registry

from .purchase_facts import Facts, facts_of
from .store import EVIDENCE, write_portraits
from .traits.contract import Trait


def traits() -> list[Trait]:
    """Return every trait that is computed from the history, in the order of the table."""
    return [trait() for trait in registry.everything("traits").values()]


def draw(facts: Facts, chosen: Sequence[Trait]) -> pa.Table:
    """Return one row per customer: ``customer``, and per trait ``<key>`` and
    ``<key>__n``.
    """
    names = {
        trait.key: facts.kept(f"trait_{trait.key}", trait.values).get_name()
        for trait in chosen
    }
    columns = "".join(
        f', {name}.value AS "{key}", {name}.evidence AS "{key}{EVIDENCE}"'
        for key, name in names.items()
    )
    joins = "".join(f" LEFT JOIN {name} USING (customer)" for name in names.values())
    engine = ibis.get_backend(facts.customers)
    return engine.con.sql(
        f"SELECT customer{columns} FROM customers{joins}"  # noqa: S608
    ).to_arrow_table()


def draw_now(as_of: datetime, keys: Sequence[str] | None = None) -> pa.Table:
    """Draw from the history as of a time, all traits or those named; nothing is stored."""
    facts = facts_of(history.tables(as_of=as_of), as_of, settings.SHOP_TIME_ZONE)
    return draw(
        facts, [trait for trait in traits() if keys is None or trait.key in keys]
    )


def refresh(as_of: datetime | None = None) -> dict[str, Any]:
    """Draw and store all portraits; return how many customers and traits. The stored
    ones are as of ``as_of``.
    """
    as_of = as_of or clock.now()
    n_customers = write_portraits(draw_now(as_of), as_of)
    return {
        "as_of": as_of.isoformat(),
        "customers": n_customers,
        "traits": len(traits()),
    }


def drawn_then(as_of: datetime) -> dict[str, Any]:
    """Draw everybody as of the past and store nothing: what is live is of now. One
    customer's: `portrait_then`.
    """
    n = draw_now(as_of).num_rows
    return {
        "as_of": as_of.isoformat(),
        "customers": n,
        "traits": len(traits()),
        "is_past": True,
    }
