"""What somebody has, had on a day, and what all open points may cost the shop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from campaigns.models import PointsMovement
from campaigns.offers.coupon_reconcile import Difference
from campaigns.offers.points.lots import customers_of_person
from profiles.models import Customer

MOST_SHOWN = 200
FEWEST_LOTS = 30
Z = 1.959964  # of a 95 % interval
OPEN = """
    SELECT sum(posting.points)::bigint AS points, lot.at, lot.expires_at,
        CASE WHEN lot.opens_at > %(as_of)s THEN lot.opens_at END AS opens_at
    FROM campaigns_pointslot lot
    JOIN campaigns_pointsposting posting ON posting.lot_id = lot.id
    WHERE posting.at < %(as_of)s AND (lot.expires_at IS NULL OR lot.expires_at > %(as_of)s)
        AND (%(people)s::bigint[] IS NULL OR lot.customer_id = ANY(%(people)s))
    GROUP BY lot.id HAVING sum(posting.points) > 0
    ORDER BY lot.expires_at NULLS LAST, lot.at, lot.id
"""
# how much of each lot was spent before it expired, of the newest whose time is over;
# what was taken back was never promised
MATURED = """
    SELECT coalesce(sum(-posting.points) FILTER (
            WHERE movement.kind IN ('burn', 'transfer') AND posting.points < 0), 0)
        / nullif(max(lot.earned) + coalesce(sum(posting.points)
            FILTER (WHERE movement.kind = 'take_back'), 0), 0)::numeric
    FROM campaigns_pointslot lot
    JOIN campaigns_pointsposting posting ON posting.lot_id = lot.id
    JOIN campaigns_pointsmovement movement ON movement.id = posting.movement_id
    WHERE lot.id IN (SELECT id FROM campaigns_pointslot WHERE expires_at <= %(as_of)s
        ORDER BY expires_at DESC LIMIT 20000)
    GROUP BY lot.id
"""
STANDING = """
    SELECT coalesce(sum("left") FILTER (WHERE opens_at IS NULL OR opens_at <= %(at)s), 0)::bigint,
        coalesce(sum("left") FILTER (WHERE opens_at > %(at)s), 0)::bigint,
        coalesce(sum("left") FILTER (WHERE expires_at <= %(soon)s), 0)::bigint
    FROM campaigns_pointslot WHERE "left" > 0 AND (expires_at IS NULL OR expires_at > %(at)s)
"""
# where nothing was left to be taken back there is nothing to post
UNBALANCED = """
    SELECT 'postings of a movement', movement.key, '0', sum(posting.points)::text
    FROM campaigns_pointsmovement movement
    LEFT JOIN campaigns_pointsposting posting ON posting.movement_id = movement.id
    GROUP BY movement.id
    HAVING coalesce(sum(posting.points), least(movement.points, 1)) <> 0
"""
WRONG_LOTS = """
    SELECT 'points of a lot', lot.id::text, lot."left"::text, coalesce(sum(posting.points), 0)::text
    FROM campaigns_pointslot lot LEFT JOIN campaigns_pointsposting posting ON posting.lot_id = lot.id
    GROUP BY lot.id HAVING coalesce(sum(posting.points), 0) <> lot."left"
"""


@dataclass(frozen=True)
class OpenLot:
    points: int
    earned_at: datetime
    expires_at: datetime | None
    opens_at: datetime | None = None  # pending until then


def open_lots(people: list[int], as_of: datetime) -> list[OpenLot]:
    """Return what a person (`customers_of_person`) had just before a moment, the first to expire
    first.
    """
    asked: dict[str, Any] = {"as_of": as_of, "people": people}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, asked)
        return [OpenLot(*row) for row in cursor.fetchall()]


def balance(customer: Customer, as_of: datetime) -> int:
    return available(open_lots(customers_of_person(customer), as_of))


def available(lots: Iterable[OpenLot]) -> int:
    """Return what can be spent: pending points can't."""
    return sum(lot.points for lot in lots if lot.opens_at is None)


def pending(lots: Iterable[OpenLot]) -> int:
    return sum(lot.points for lot in lots if lot.opens_at is not None)


def statement(people: list[int], as_of: datetime) -> list[dict[str, Any]]:
    """Return what happened to a person's points, newest first; points that left are
    below zero.
    """
    movements = PointsMovement.objects.filter(
        Q(customer__in=people) | Q(to_customer__in=people), at__lt=as_of
    ).order_by("-at", "-pk")
    return [
        {
            "at": one.at,
            "kind": one.kind,
            "label": one.get_kind_display(),
            "points": one.points if _comes_in(one, people) else -one.points,
            "key": one.key,
            "note": one.note,
        }
        for one in movements[:MOST_SHOWN]
    ]


def _comes_in(movement: PointsMovement, people: list[int]) -> bool:
    if movement.kind == PointsMovement.Kind.TRANSFER:
        return movement.to_customer_id in people
    return movement.kind == PointsMovement.Kind.AWARD


@dataclass(frozen=True)
class Standing:
    """All points that are open now, and those of them that expire soon."""

    available: int
    pending: int
    expiring: int

    @property
    def points(self) -> int:
        return self.available + self.pending


def standing(at: datetime, soon: datetime) -> Standing:
    """Sum the open lots as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"at": at, "soon": soon})
        return Standing(*cursor.fetchone())


def liability(as_of: datetime, value: Decimal) -> dict[str, Any]:
    """Return open points, what one is worth, and how many of them will be spent, by the
    lots whose time is over; with few of those nobody knows.
    """
    asked = {"as_of": as_of, "people": None}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, asked)
        points = sum(row[0] for row in cursor.fetchall())
    return valued(points, as_of, value)


def valued(points: int, as_of: datetime, value: Decimal) -> dict[str, Any]:
    """Return what so many open points may cost the shop."""
    with connection.cursor() as cursor:
        cursor.execute(MATURED, {"as_of": as_of})
        shares = [float(row[0]) for row in cursor.fetchall() if row[0] is not None]
    share, low, high = _expected(shares)
    worth = points * float(value)
    return {
        "points": points,
        "value": float(value),
        "lots_matured": len(shares),
        "redemption": share,
        "breakage": None if share is None else 1 - share,
        "redemption_low": low,
        "redemption_high": high,
        "liability": None if share is None else worth * share,
        "liability_low": worth * low,
        "liability_high": worth * high,
    }


def _expected(shares: list[float]) -> tuple[float | None, float, float]:
    n = len(shares)
    if n < FEWEST_LOTS:
        return None, 0.0, 1.0
    mean = sum(shares) / n
    variance = sum((each - mean) ** 2 for each in shares) / (n - 1)
    width = Z * (variance / n) ** 0.5
    return mean, max(0.0, mean - width), min(1.0, mean + width)


def differences() -> list[Difference]:
    """Return each movement whose sides don't sum to zero, and each lot that its
    postings don't bear out.
    """
    found = []
    with connection.cursor() as cursor:
        for check in (UNBALANCED, WRONG_LOTS):
            cursor.execute(check)
            found += [Difference(*row) for row in cursor.fetchall()]
    return found
