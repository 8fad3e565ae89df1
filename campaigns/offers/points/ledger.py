"""Awards, burns, transfers and expiry of points, each once by its key.

A person's points are changed by one transaction at a time: it holds a lock on the
person, and of two persons on the one with the smaller key first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, connection, transaction

from campaigns.models import PointsLot, PointsMovement
from campaigns.offers.points.burning import burn_now
from campaigns.offers.points.lots import (
    MOST_POINTS,
    PointsError,
    customers_of_person,
    known,
    lock_people,
    must_be_points,
    must_be_same,
    post,
    root_of,
    take,
    take_what_is_left,
    too_few,
)
from profiles.models import Customer

P = ParamSpec("P")
T = TypeVar("T")
Kind = PointsMovement.Kind


@dataclass(frozen=True)
class Earned:
    """Which rule gave points for what, at which multiple."""

    rule: str
    subject: str
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True)
class Award:
    """Points that one customer gets."""

    customer: Customer
    points: int
    key: str
    expires_at: datetime | None = None
    note: str = ""
    opens_at: datetime | None = None  # pending until then
    earned_by: Earned | None = None


def _once_a_key(move: Callable[P, T]) -> Callable[P, T]:
    """Look again where somebody told the same key meanwhile: now it is known."""

    @wraps(move)
    def moved(*args: P.args, **options: P.kwargs) -> T:
        try:
            return move(*args, **options)
        except IntegrityError:
            return move(*args, **options)

    return moved


def award(one: Award, *, at: datetime) -> PointsMovement:
    """Give points; told again, the first movement is the answer."""
    return award_all([one], at=at)[0]


@_once_a_key
@transaction.atomic
def award_all(awards: Sequence[Award], *, at: datetime) -> list[PointsMovement]:
    """Give points to many, in as many statements as for one."""
    for one in awards:
        must_be_points(one.points)
        if one.expires_at is not None and one.expires_at <= at:
            raise PointsError("expired", "Points can't expire before they are given.")
    told = known([one.key for one in awards])
    fresh = {one.key: one for one in awards if one.key not in told}
    movements = PointsMovement.objects.bulk_create(
        _movement(
            Kind.AWARD,
            one.customer,
            one.points,
            one.key,
            at,
            note=one.note,
            earned=one.earned_by,
        )
        for one in fresh.values()
    )
    lots = PointsLot.objects.bulk_create(
        PointsLot(
            customer=one.customer,
            movement=movement,
            earned=one.points,
            left=one.points,
            at=at,
            opens_at=one.opens_at,
            expires_at=one.expires_at,
        )
        for one, movement in zip(fresh.values(), movements, strict=True)
    )
    post([(lot.movement, lot, lot.earned) for lot in lots], at)
    told |= {movement.key: movement for movement in movements}
    for one in awards:
        if fresh.get(one.key) is not one:
            must_be_same(told[one.key], Kind.AWARD, one.customer, one.points)
    return [told[one.key] for one in awards]


@_once_a_key
@transaction.atomic
def burn(
    customer: Customer, points: int, *, key: str, at: datetime, note: str = ""
) -> PointsMovement:
    """Spend points, those that expire first before the others; raise `PointsError` if
    there are too few.
    """
    must_be_points(points)
    lock_people(customer)
    done = burn_now(root_of(customer), customer.pk, points, key=key, at=at, note=note)
    if done.is_told:
        return must_be_same(known([key])[key], Kind.BURN, customer, points)
    if done.movement is None:
        raise too_few(done.has, points)
    movement = _movement(Kind.BURN, customer, points, key, at, note=note)
    movement.pk, movement._state.adding = done.movement, False
    return movement


@_once_a_key
@transaction.atomic
def transfer(
    customer: Customer, to: Customer, points: int, *, key: str, at: datetime
) -> PointsMovement:
    """Give points to somebody else; they expire when they would have."""
    must_be_points(points)
    if root_of(customer) == root_of(to):
        raise PointsError("same_customer", "Both are the same customer.")
    lock_people(customer, to)
    if told := known([key]).get(key):
        return must_be_same(told, Kind.TRANSFER, customer, points)
    taken = take(customer, points, at)
    movement = _movement(Kind.TRANSFER, customer, points, key, at)
    movement.to_customer = to
    movement.save()
    lots = PointsLot.objects.bulk_create(
        PointsLot(
            customer=to,
            movement=movement,
            earned=n,
            left=n,
            at=at,
            expires_at=lot.expires_at,
        )
        for lot, n in taken
    )
    sides = [(movement, lot, -n) for lot, n in taken]
    sides += [(movement, lot, lot.earned) for lot in lots]
    post(sides, at, is_shops=False)
    return movement


@_once_a_key
@transaction.atomic
def take_back(
    customer: Customer, points: int, *, key: str, at: datetime, earned: Earned
) -> PointsMovement:
    """Take back what something earned that came to nothing. A balance never falls below
    zero: what was spent already stays with the customer, and on the movement.
    """
    must_be_points(points)
    lock_people(customer)
    if told := known([key]).get(key):
        return told
    taken = take_what_is_left(customer, points, at, subject=earned.subject)
    n_taken = sum(n for _lot, n in taken)
    movement = _movement(Kind.TAKE_BACK, customer, n_taken, key, at, earned=earned)
    movement.missing = points - n_taken
    movement.save()
    post([(movement, lot, -n) for lot, n in taken], at)
    return movement


EXPIRE = """
    WITH due AS (
        SELECT id, customer_id, "left" AS n, expires_at FROM campaigns_pointslot
        WHERE "left" > 0 AND expires_at <= %(at)s ORDER BY id LIMIT 10000
        FOR UPDATE SKIP LOCKED
    ), emptied AS (
        UPDATE campaigns_pointslot lot SET "left" = 0 FROM due WHERE lot.id = due.id
    ), movements AS (
        INSERT INTO campaigns_pointsmovement (key, kind, customer_id, points, at, note)
        SELECT 'expire:' || id, 'expire', customer_id, n, expires_at, '' FROM due
        RETURNING id, key, points, at
    )
    INSERT INTO campaigns_pointsposting (movement_id, lot_id, points, at)
    SELECT movements.id, side.lot, side.points, movements.at FROM movements
    JOIN due ON movements.key = 'expire:' || due.id
    CROSS JOIN LATERAL (VALUES (due.id, -movements.points), (NULL::bigint, movements.points))
        AS side (lot, points)
"""


def expire(*, at: datetime) -> int:
    """Take what has expired off its lots, in one statement for many; return how many
    lots.
    """
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(EXPIRE, {"at": at})
            n = cursor.rowcount // 2
        total += n
        if not n:
            return total


def _movement(
    kind: str,
    customer: Customer,
    points: int,
    key: str,
    at: datetime,
    *,
    note: str = "",
    earned: Earned | None = None,
) -> PointsMovement:
    made = PointsMovement(
        key=key, kind=kind, customer=customer, points=points, at=at, note=note
    )
    if earned is not None:
        made.rule, made.subject = earned.rule, earned.subject
        made.multiplier = earned.multiplier
    return made


__all__ = ["MOST_POINTS", "Award", "Earned", "PointsError", "customers_of_person"]
