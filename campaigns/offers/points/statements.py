"""What somebody has, had on a day, and what all open points may cost the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from campaigns.models import PointsMovement
from campaigns.offers.coupon_reconcile import Difference
from campaigns.offers.points.ledger import customers_of_person
from profiles.models import Customer

MOST_SHOWN = 200
FEWEST_LOTS = 30
Z = 1.959964  # of a 95 % interval
OPEN = """
    SELECT sum(posting.points)::bigint AS points, lot.at, lot.expires_at
    FROM campaigns_pointslot lot
    JOIN campaigns_pointsposting posting ON posting.lot_id = lot.id
    WHERE posting.at < %(as_of)s AND (lot.expires_at IS NULL OR lot.expires_at > %(as_of)s)
        AND (%(people)s::bigint[] IS NULL OR lot.customer_id = ANY(%(people)s))
    GROUP BY lot.id HAVING sum(posting.points) > 0
    ORDER BY lot.expires_at NULLS LAST, lot.at, lot.id
"""
# how much of each lot was spent before it expired, of the lots whose time is over
MATURED = """
    SELECT coalesce(sum(-posting.points) FILTER (WHERE movement.kind <> 'expire'
        AND posting.points < 0), 0) / max(lot.earned)::numeric
    FROM campaigns_pointslot lot
    JOIN campaigns_pointsposting posting ON posting.lot_id = lot.id
    JOIN campaigns_pointsmovement movement ON movement.id = posting.movement_id
    WHERE lot.expires_at <= %(as_of)s GROUP BY lot.id
"""
UNBALANCED = """
    SELECT 'postings of a movement', movement.key, '0', sum(posting.points)::text
    FROM campaigns_pointsmovement movement
    LEFT JOIN campaigns_pointsposting posting ON posting.movement_id = movement.id
    GROUP BY movement.id HAVING sum(posting.points) IS DISTINCT FROM 0
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


def open_lots(people: list[int], as_of: datetime) -> list[OpenLot]:
    """Return what a person (`customers_of_person`) had just before a moment, the first to expire
    first.
    """
    asked: dict[str, Any] = {"as_of": as_of, "people": people}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, asked)
        return [OpenLot(*row) for row in cursor.fetchall()]


def balance(customer: Customer, as_of: datetime) -> int:
    return sum(lot.points for lot in open_lots(customers_of_person(customer), as_of))


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


def liability(as_of: datetime, value: Decimal) -> dict[str, Any]:
    """Return open points, what one is worth, and how many of them will be spent, by the
    lots whose time is over; with few of those nobody knows.
    """
    asked = {"as_of": as_of, "people": None}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, asked)
        points = sum(row[0] for row in cursor.fetchall())
        cursor.execute(MATURED, asked)
        shares = [float(row[0]) for row in cursor.fetchall()]
    share, low, high = _expected(shares)
    worth = points * float(value)
    return {
        "points": points,
        "value": float(value),
        "lots_matured": len(shares),
        "redemption": share,
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
