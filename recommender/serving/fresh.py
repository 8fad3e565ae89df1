"""What customers did since their lists were made: read from PostgreSQL, so that a list
is never behind its reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from retention_site.lib import clock
from retention_site.lib.walltime import zone_named

# as in recommender.lists.arrangement, which brings what learning is made of
DAILY, FEWEST_DAYS = 1.5, 4
LOOKED_DAYS = 7  # a look or a cart of longer ago lifts nothing
MOST_NEW = 3  # things looked at lately that join a list

DONE = """
    SELECT event.customer_id, event.item_id,
        count(*) FILTER (WHERE type = 'purchase' AND quantity > 0) AS n,
        coalesce(sum(CASE type WHEN 'return' THEN -abs(quantity) ELSE quantity END)
            FILTER (WHERE type IN ('purchase', 'return')), 0) AS n_kept,
        count(DISTINCT happened_at::date) FILTER (WHERE type = 'purchase' AND quantity > 0) AS n_days,
        min(happened_at) FILTER (WHERE type = 'purchase' AND quantity > 0) AS first_bought,
        max(happened_at) FILTER (WHERE type = 'purchase' AND quantity > 0) AS last_bought,
        max(happened_at) FILTER (WHERE type = 'return') AS last_returned,
        max(happened_at) FILTER (WHERE type = 'cart') AS last_carted,
        max(happened_at) FILTER (WHERE type = 'view') AS last_viewed,
        min(customer.time_zone) AS time_zone
    FROM profiles_event event JOIN profiles_customer customer ON customer.id = event.customer_id
    WHERE event.customer_id = ANY(%(customers)s) AND happened_at < %(now)s AND event.item_id IS NOT NULL
        AND type IN ('purchase', 'return', 'cart', 'view')
    GROUP BY event.customer_id, event.item_id
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What one customer did with one item until now."""

    n: int  # purchases
    n_kept: float  # of what was bought, less what came back
    n_days: int
    first_bought: datetime | None
    last_bought: datetime | None
    last_returned: datetime | None
    last_carted: datetime | None
    last_viewed: datetime | None

    @property
    def is_returned(self) -> bool:
        """All of it went back."""
        return self.n > 0 and self.n_kept <= 0 and self.last_returned is not None

    @property
    def is_bought_daily(self) -> bool:
        if (
            self.n_days < FEWEST_DAYS
            or self.first_bought is None
            or self.last_bought is None
        ):
            return False
        return (self.last_bought - self.first_bought).total_seconds() / 86_400 / (
            self.n_days - 1
        ) <= DAILY

    def looked_at(self) -> datetime | None:
        """When it was last looked at or put in a cart, where nothing was bought since."""
        at = max(filter(None, (self.last_carted, self.last_viewed)), default=None)
        return (
            None if at is None or (self.last_bought and self.last_bought >= at) else at
        )


@dataclass(frozen=True, slots=True)
class Lately:
    """One customer's dealings, and her calendar."""

    done: Mapping[str, Done]  # by item
    zone: ZoneInfo

    def days_ago(self, moment: datetime, now: datetime) -> int:
        """Calendar days between a moment and now, by the customer's own calendar: today
        is 0, yesterday 1.
        """
        return calendar_days(moment, now, self.zone)

    def shuts_out(self, item: str, now: datetime, as_of: datetime | None) -> bool:
        """Say whether an item went back, or was bought today or since the list was
        made, by one who rarely does.
        """
        one = self.done.get(item)
        if one is None or one.last_bought is None:
            return False
        if one.is_returned:
            return True
        is_new = as_of is not None and one.last_bought >= as_of
        return (
            is_new or self.days_ago(one.last_bought, now) == 0
        ) and not one.is_bought_daily

    def said(self, why: Mapping[str, Any], item: str, now: datetime) -> dict[str, Any]:
        """Bring the reason "bought before" up to date: it is read days after it was
        written.
        """
        one = self.done.get(item)
        if why.get("kind") != "again" or one is None or one.last_bought is None:
            return dict(why)
        return {
            "kind": "again",
            "n": one.n,
            "days": self.days_ago(one.last_bought, now),
        }


def calendar_days(moment: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Return how many midnights of a zone lie between two moments."""
    return max(0, (_day(now, zone) - _day(moment, zone)).days)


def lately(customers: Sequence[int]) -> dict[int, Lately]:
    """Read what customers did with items, by key; one query. Who did nothing is
    missing.
    """
    found: dict[int, dict[str, Done]] = {}
    zones: dict[int, ZoneInfo] = {}
    shops = clock.shop_zone()
    with connection.cursor() as cursor:
        cursor.execute(DONE, {"customers": list(customers), "now": clock.now()})
        for customer, item, n, n_kept, *facts, zone in cursor.fetchall():
            found.setdefault(customer, {})[item] = Done(n, float(n_kept), *facts)
            zones.setdefault(customer, zone_named(zone) or shops)
    return {customer: Lately(done, zones[customer]) for customer, done in found.items()}


def lifted(
    entries: Iterable[Mapping[str, Any]], seen: Lately, now: datetime
) -> list[Mapping[str, Any]]:
    """Put what was looked at lately first, the newest look before others; the rest
    keeps its order.
    """

    def place(entry: Mapping[str, Any]) -> float:
        at = _look(seen, entry["item_id"], now)
        return -at.timestamp() if at else 0.0

    return sorted(entries, key=place)


def looked_at(seen: Lately, now: datetime) -> list[str]:
    """Return what a customer looked at lately and has never bought, the newest first."""
    looks = [
        (at, item)
        for item, one in seen.done.items()
        if not one.n and (at := _look(seen, item, now))
    ]
    return [item for _at, item in sorted(looks, reverse=True)[:MOST_NEW]]


def _look(seen: Lately, item: str, now: datetime) -> datetime | None:
    one = seen.done.get(item)
    at = one.looked_at() if one else None
    return at if at and (now - at).days < LOOKED_DAYS else None


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
