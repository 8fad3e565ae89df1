"""What a trigger would come to in a week, and what speaks against arming it: seen from
those who gave the occasion lately.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import ngettext

from campaigns.content.model import Content
from campaigns.content.parse import read
from campaigns.models import CampaignVersion
from campaigns.planning.launch_warnings import (
    Kind,
    Outlook,
    Warned,
    decided,
    outlook_of,
)
from profiles import history
from retention_site.lib.admin.words import count
from retention_site.lib.clock import now

LATELY = timedelta(days=7)
# who did it, and how often, by whole occasions: lines of one order are one
OCCASIONS = """
    SELECT customer, count(DISTINCT coalesce(order_key, happened_at::text)) AS n FROM events
    WHERE type IN ({marks}) AND happened_at >= ? GROUP BY customer ORDER BY customer
"""


@dataclass(frozen=True)
class Lately:
    """Who gave the occasion within the last week."""

    customers: list[int]
    n_again: int  # of them more than once


def trigger_outlook(
    version: CampaignVersion, at: datetime | None = None
) -> Outlook | None:
    """Say what the last week would have come to; None where what starts it leaves no
    trace in the history.
    """
    moment, content = at or now(), read(version.content)
    history.refresh()
    lately = _lately(content, moment)
    if lately is None:
        return None
    found = decided(version, content, lately.customers, moment)
    return outlook_of(version, content, found, _again(content, lately))


def _lately(content: Content, moment: datetime) -> Lately | None:
    plan = content.trigger
    if plan is None or plan.kind != "event" or history.freshness().refreshed_at is None:
        return None
    tables = history.tables(moment)
    try:
        marks = ", ".join("?" for _each in plan.events)
        values = [*plan.events, moment - LATELY]
        query = OCCASIONS.format(marks=marks)
        rows = tables.connection.execute(query, values).fetchall()
    finally:
        tables.connection.close()
    return Lately([pk for pk, _n in rows], sum(n > 1 for _pk, n in rows))


def _again(content: Content, lately: Lately) -> list[Warned]:
    """Without a pause between two messages, who does it twice is written to twice."""
    plan = content.trigger
    if plan is None or plan.cool_down or not lately.n_again:
        return []
    words = ngettext(
        "%(n)s customer did this more than once in the last 7 days, and would be written"
        " to each time: set a pause between two messages.",
        "%(n)s customers did this more than once in the last 7 days, and would be written"
        " to each time: set a pause between two messages.",
        lately.n_again,
    )
    return [Warned(Kind.AGAIN, words % {"n": count(lately.n_again)})]
