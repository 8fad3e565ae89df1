"""Who would have come to a journey's door, and when: from events, moves of a segment, a
schedule, a day of the customer's. One statement a kind.
"""

# ruff: noqa: S608 - names are ours or quoted

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from campaigns.content import triggers
from campaigns.content.model import CUSTOMER_ZONE, Content, TriggerPlan
from campaigns.content.triggers import CUSTOMER
from campaigns.journey_rehearsal.past import Past, about, names_of
from campaigns.journey_rehearsal.wall_clock import lay_out_days
from campaigns.triggers import recurrence
from campaigns.triggers.schedules import zone_of
from profiles import segments
from profiles.models import Segment
from retention_site.lib.clock import shop_zone
from retention_site.lib.walltime import instant

ENTERED = "entered"
NOBODY = "SELECT NULL::BIGINT AS customer, '' AS value, {ends} AS entered LIMIT 0"
# an object enters by the first event that names it
OF_EVENTS = """
    SELECT customer, value, happened_at AS entered
    FROM (SELECT customer, happened_at, {value} AS value FROM heard WHERE kind IN ({names})) AS came
    {once}
"""
FIRST = (
    "QUALIFY value = '' OR row_number() OVER (PARTITION BY customer, value ORDER BY"
    " happened_at) = 1"
)
OF_DAYS = """
    SELECT whose.customer, '' AS value, days.moment AS entered
    FROM ({days_of}) AS whose JOIN customers USING (customer)
    JOIN entry_days AS days ON days.zone = coalesce(customers.time_zone, '')
        AND days.comes = month(whose.on_day) * 100 + day(whose.on_day)
    WHERE days.moment >= {{starts}} AND days.moment < {{ends}}
"""


def find(past: Past, content: Content) -> None:
    """Keep as `door` who came and when: customer, value (the object), entered."""
    plan = content.trigger
    past.keep(
        "door",
        _came(past, plan) if plan else _registered(past, _scheduled(past, content)),
    )


def span(text: str) -> str:
    """Write a span such as ``45 minutes`` as an interval of SQL."""
    seconds = triggers.span(text).total_seconds() if text else 0
    return f"INTERVAL {int(seconds)} SECOND"


def _came(past: Past, plan: TriggerPlan) -> str:
    match plan.kind:
        case "event":
            return _of_events(plan)
        case "segment":
            past.admit(
                _(
                    "Who entered or left the segment is looked at once a day, at midnight."
                )
            )
            return _registered(past, _moved(past, plan))
        case "anniversary":
            return _of_days(past, plan)
    past.admit(
        _("What lets customers in ({kind}) leaves no trace in the history.").format(
            kind=plan.kind
        )
    )
    return NOBODY


def _of_events(plan: TriggerPlan) -> str:
    is_object = plan.key not in ("", CUSTOMER)
    return OF_EVENTS.format(
        names=names_of(plan.events),
        value=f"coalesce({about(plan.key)}, '')" if is_object else "''",
        once=FIRST if is_object else "",
    )


def _of_days(past: Past, plan: TriggerPlan) -> str:
    lay_out_days(past, "entry_days", plan.at or "09:00", days_before=plan.days_before)
    return OF_DAYS.format(days_of=days_of(plan.of))


def days_of(which: str) -> str:
    """Return SQL of the day of each customer's that comes round every year."""
    zone = settings.SHOP_TIME_ZONE
    if which == "first_purchase":
        return (
            f"SELECT customer, CAST(timezone('{zone}', min(happened_at)) AS DATE) AS"
            " on_day FROM sales WHERE is_kept GROUP BY customer"
        )
    day = (
        "birth_date"
        if which == "birth_date"
        else f"CAST(timezone('{zone}', {which}) AS DATE)"
    )
    return f"SELECT customer, {day} AS on_day FROM customers WHERE {which} IS NOT NULL"


Entrants = Iterator[tuple[datetime, NDArray[np.int64]]]


def _moved(past: Past, plan: TriggerPlan) -> Entrants:
    """Compare the segment's members of each midnight with those of the one before."""
    rule = (
        Segment.objects.filter(name=plan.segment).values_list("rule", flat=True).first()
    )
    if rule is None:
        past.admit(_("There is no segment named {name} yet.").format(name=plan.segment))
        return
    before = None
    for midnight in _midnights(past):
        members = segments.members(rule, midnight)
        if before is not None:
            came, stood = (
                (members, before) if plan.move == ENTERED else (before, members)
            )
            yield midnight, np.setdiff1d(came, stood, assume_unique=True)
        before = members


def _scheduled(past: Past, content: Content) -> Entrants:
    timetable = content.schedule
    if timetable is None or content.segment is None:
        return
    zone = zone_of(timetable.time_zone)
    due = recurrence.due(
        datetime.fromisoformat(timetable.starts),
        timetable.repeat,
        after=recurrence.wall(past.starts, zone),
        until=recurrence.wall(past.ends, zone),
    )
    if timetable.time_zone == CUSTOMER_ZONE:
        past.admit(_("All customers enter when the day begins in the first time zone."))
    for local in due:
        at = instant(local, zone)
        if past.starts <= at < past.ends:
            yield at, segments.members(content.segment.rule, at)


def _midnights(past: Past) -> Iterator[datetime]:
    zone = shop_zone()
    day = past.starts.astimezone(zone).date()
    while (at := instant(datetime.combine(day, time()), zone)) < past.ends:
        yield at
        day += timedelta(1)


def _registered(past: Past, entrants: Entrants) -> str:
    moments, customers = [], [np.empty(0, dtype=np.int64)]
    for at, some in entrants:
        moments += [at] * len(some)
        customers.append(some)
    past.tables.connection.register(
        "entrants",
        pa.table(
            {
                "customer": pa.array(np.concatenate(customers), pa.int64()),
                "entered": pa.array(moments, pa.timestamp("us", "UTC")),
            }
        ),
    )
    return (
        "SELECT entrants.customer, '' AS value, entered FROM entrants"
        " SEMI JOIN customers ON customers.customer = entrants.customer"
    )
