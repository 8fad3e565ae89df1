"""Lots of points: taken out of and put into under a lock on the person, each change with
its two sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value, When

from campaigns.models import PointsLot, PointsMovement, PointsPosting
from profiles.models import Customer

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('points:' || %s, 0))"
MOST_POINTS = 10**12


class PointsError(ValueError):
    """A movement can't be: one sentence, and a word that programs can compare."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def too_few(has: int, points: int) -> PointsError:
    return PointsError("too_few", f"There are {has} points, {points} were asked for.")


def customers_of_person(customer: Customer) -> list[int]:
    """Return the primary keys of everybody who is this person."""
    root = root_of(customer)
    merged = Customer.objects.filter(merged_into=root).values_list("pk", flat=True)
    return [root, *merged]


def take(customer: Customer, points: int, at: datetime) -> list[tuple[PointsLot, int]]:
    """Take points that can be spent out of lots, first-expiring-first; what never
    expires comes last. Raise `PointsError` where there are too few.
    """
    taken, missing = _taken(_usable(customer, at).filter(_is_open(at)), points)
    if missing:
        raise too_few(points - missing, points)
    _empty(taken)
    return taken


def take_what_is_left(
    customer: Customer, points: int, at: datetime, *, subject: str
) -> list[tuple[PointsLot, int]]:
    """Take back what something earned, from its own lots first, pending or not, then
    from others; what was spent already isn't there.
    """
    own_first = Case(When(movement__subject=subject, then=Value(0)), default=Value(1))
    lots = _usable(customer, at).order_by(own_first, *_BY_EXPIRY)
    taken, _missing = _taken(lots, points)
    _empty(taken)
    return taken


_BY_EXPIRY = (F("expires_at").asc(nulls_last=True), "at", "pk")


def _usable(customer: Customer, at: datetime) -> QuerySet[PointsLot]:
    return PointsLot.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        customer__in=customers_of_person(customer),
        left__gt=0,
        at__lte=at,
    ).order_by(*_BY_EXPIRY)


def _is_open(at: datetime) -> Q:
    return Q(opens_at=None) | Q(opens_at__lte=at)


def _taken(
    lots: QuerySet[PointsLot], points: int
) -> tuple[list[tuple[PointsLot, int]], int]:
    taken, missing = [], points
    # locked, for expiry may look at the same lots
    for lot in lots.select_for_update(of=("self",)):
        n = min(lot.left, missing)
        taken.append((lot, n))
        missing -= n
        if not missing:
            break
    return taken, missing


def _empty(taken: Iterable[tuple[PointsLot, int]]) -> None:
    for lot, n in taken:
        lot.left -= n
    PointsLot.objects.bulk_update([lot for lot, _n in taken], ["left"])


def post(
    sides: Sequence[tuple[PointsMovement, PointsLot, int]],
    at: datetime,
    *,
    is_shops: bool = True,
) -> None:
    """Write the lots' side, and the shop's against it."""
    postings = [
        PointsPosting(movement=movement, lot=lot, points=n, at=at)
        for movement, lot, n in sides
    ]
    if is_shops:
        postings += [
            PointsPosting(movement=movement, points=-n, at=at)
            for movement, _lot, n in sides
        ]
    PointsPosting.objects.bulk_create(postings)


def known(keys: Sequence[str]) -> dict[str, PointsMovement]:
    return {one.key: one for one in PointsMovement.objects.filter(key__in=keys)}


def must_be_same(
    movement: PointsMovement, kind: str, customer: Customer, points: int
) -> PointsMovement:
    is_same = movement.customer_id in customers_of_person(customer)
    if not (is_same and movement.kind == kind and movement.points == points):
        raise PointsError("key_reused", "This key was used for another movement.")
    return movement


def must_be_points(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise PointsError("points", f"Points are whole, from 1 to {MOST_POINTS:,}.")


def root_of(customer: Customer) -> int:
    return customer.merged_into_id or customer.pk


def lock_people(*customers: Customer) -> None:
    with connection.cursor() as cursor:
        for root in sorted({root_of(one) for one in customers}):
            cursor.execute(LOCK, [str(root)])
