"""Who fits a rule, each at a moment of their own: a million moments in one statement.

The rule's SQL knows one moment. So each asked row gets a history of its own, moved in
time until its moment is that one: whoever bought two days before theirs has bought two
days before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from django.conf import settings

from profiles.history import Tables
from profiles.history.views import sales_of

from .compiled import compiled, every_leaf, read
from .membership import members
from .predicates.anniversary import Anniversary
from .predicates.event_count import EventCount

ASKED = "asked_moments"
# what a rule reads, moved; attributes, items and portraits are as they are
MOVED = """
    WITH events AS (
        SELECT events.* REPLACE (asked.row AS customer, {happened_at} AS happened_at)
        FROM temp.main.events AS events JOIN {asked} AS asked ON asked.customer = events.customer
            AND events.happened_at < asked.at
    ), sales AS ({sales}
    ), consents AS (
        SELECT consents.* REPLACE (asked.row AS customer, {stated_at} AS stated_at)
        FROM temp.main.consents AS consents JOIN {asked} AS asked ON asked.customer = consents.customer
            AND consents.stated_at < asked.at
    ), customers AS (
        SELECT customers.* REPLACE (asked.row AS customer)
        FROM temp.main.customers AS customers JOIN {asked} AS asked ON asked.customer = customers.customer
    ), portraits AS (
        SELECT portraits.* REPLACE (asked.row AS customer)
        FROM temp.main.portraits AS portraits JOIN {asked} AS asked ON asked.customer = portraits.customer
    )
    SELECT customer AS row FROM ({fits}) AS fitting
"""


def fitting_at(rule: Mapping[str, Any], tables: Tables, asked: str) -> str:
    """Return SQL of the rows (``row``) of ``asked`` (row, customer, at) that fit, each at
    its own moment. Raise `rules.BadRule`.

    A rule that goes by the calendar, by portraits, scores or everybody is asked as of
    the morning of each day instead: `goes_by_day` says so.
    """
    if goes_by_day(rule):
        return _by_day(rule, tables, asked)
    return MOVED.format(
        asked=asked,
        happened_at=_moved("events.happened_at", tables),
        stated_at=_moved("consents.stated_at", tables),
        sales=sales_of(has_returns=tables.has_returns),
        fits=compiled(rule).at(tables.as_of),
    )


def goes_by_day(rule: Mapping[str, Any]) -> bool:
    """Say whether moving a history in time would change the answer."""
    ready = compiled(rule)
    leaves = [leaf.predicate for leaf in every_leaf(read(rule))]
    return bool(
        ready.needs_everybody
        or ready.reads_scores
        or ready.traits
        or any(isinstance(one, Anniversary) for one in leaves)
        or any(isinstance(one, EventCount) and one.count == "days" for one in leaves)
    )


def _moved(column: str, tables: Tables) -> str:
    moment = f"epoch_us(TIMESTAMPTZ '{tables.as_of.isoformat()}')"
    return f"make_timestamptz(epoch_us({column}) + {moment} - epoch_us(asked.at))"


def _by_day(rule: Mapping[str, Any], tables: Tables, asked: str) -> str:
    """Ask everybody once a day, as of the shop's midnight."""
    zone = settings.SHOP_TIME_ZONE
    morning = f"timezone('{zone}', date_trunc('day', timezone('{zone}', at)))"
    mornings = tables.connection.execute(
        f"SELECT DISTINCT {morning} AS morning FROM {asked} WHERE at IS NOT NULL"
    ).fetchall()
    found = [(moment, members(rule, moment)) for (moment,) in sorted(mornings)]
    fits = pa.table(
        {
            "customer": pa.array(
                [pk for _moment, some in found for pk in some.tolist()], pa.int64()
            ),
            "morning": pa.array(
                [moment for moment, some in found for _pk in range(len(some))],
                pa.timestamp("us", "UTC"),
            ),
        }
    )
    tables.connection.register(ASKED, fits)
    tables.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ASKED}_fit AS SELECT asked.row FROM {asked} AS"
        f" asked JOIN {ASKED} AS fits ON fits.customer = asked.customer AND"
        f" fits.morning = {morning}"
    )
    tables.connection.unregister(ASKED)
    return f"SELECT row FROM {ASKED}_fit"
