"""Awards, burns, transfers and expiry of points, each once by its key.

A person's points are changed by one transaction at a time: it holds a lock on the
person, and of two persons on the one with the smaller key first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from campaigns.models import PointsLot, PointsMovement, PointsPosting
from profiles.models import Customer

P = ParamSpec("P")
T = TypeVar("T")
Kind = PointsMovement.Kind
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('points:' || %s, 0))"
MOST_POINTS = 10**12


class PointsError(ValueError):
    """A movement can't be: one sentence, and a word that programs can compare."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Award:
    """Points that one customer gets."""

    customer: Customer
    points: int
    key: str
    expires_at: datetime | None = None
    note: str = ""


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
        _must_be_points(one.points)
        if one.expires_at is not None and one.expires_at <= at:
            raise PointsError("expired", "Points can't expire before they are given.")
    known = _known([one.key for one in awards])
    fresh = {one.key: one for one in awards if one.key not in known}
    movements = PointsMovement.objects.bulk_create(
        _movement(Kind.AWARD, one.customer, one.points, one.key, at, one.note)
        for one in fresh.values()
    )
    lots = PointsLot.objects.bulk_create(
        PointsLot(
            customer=one.customer,
            movement=movement,
            earned=one.points,
            left=one.points,
            at=at,
            expires_at=one.expires_at,
        )
        for one, movement in zip(fresh.values(), movements, strict=True)
    )
    _post([(lot.movement, lot, lot.earned) for lot in lots], at)
    known |= {movement.key: movement for movement in movements}
    for one in awards:
        if fresh.get(one.key) is not one:
            _must_be_same(known[one.key], Kind.AWARD, one.customer, one.points)
    return [known[one.key] for one in awards]


@_once_a_key
@transaction.atomic
def burn(
    customer: Customer, points: int, *, key: str, at: datetime, note: str = ""
) -> PointsMovement:
    """Spend points, those that expire first before the others; raise `PointsError` if
    there are too few.
    """
    _must_be_points(points)
    _lock_people(customer)
    if told := _known([key]).get(key):
        return _must_be_same(told, Kind.BURN, customer, points)
    taken = _take(customer, points, at)
    movement = _movement(Kind.BURN, customer, points, key, at, note)
    movement.save()
    _post([(movement, lot, -n) for lot, n in taken], at)
    return movement


@_once_a_key
@transaction.atomic
def transfer(
    customer: Customer, to: Customer, points: int, *, key: str, at: datetime
) -> PointsMovement:
    """Give points to somebody else; they expire when they would have."""
    _must_be_points(points)
    if _root(customer) == _root(to):
        raise PointsError("same_customer", "Both are the same customer.")
    _lock_people(customer, to)
    if told := _known([key]).get(key):
        return _must_be_same(told, Kind.TRANSFER, customer, points)
    taken = _take(customer, points, at)
    movement = _movement(Kind.TRANSFER, customer, points, key, at, "")
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
    _post(sides, at, is_shops=False)
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


def customers_of_person(customer: Customer) -> list[int]:
    """Return the primary keys of everybody who is this person."""
    root = _root(customer)
    merged = Customer.objects.filter(merged_into=root).values_list("pk", flat=True)
    return [root, *merged]


def _take(customer: Customer, points: int, at: datetime) -> list[tuple[PointsLot, int]]:
    """Take points out of lots, first-expiring-first; what never expires comes last."""
    lots = PointsLot.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        customer__in=customers_of_person(customer),
        left__gt=0,
        at__lte=at,
    ).order_by(F("expires_at").asc(nulls_last=True), "at", "pk")
    taken, missing = [], points
    # locked, for expiry may look at the same lots
    for lot in lots.select_for_update():
        n = min(lot.left, missing)
        taken.append((lot, n))
        missing -= n
        if not missing:
            break
    if missing:
        raise PointsError(
            "too_few", f"There are {points - missing} points, {points} were asked for."
        )
    for lot, n in taken:
        lot.left -= n
    PointsLot.objects.bulk_update([lot for lot, _n in taken], ["left"])
    return taken


def _post(
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


def _movement(
    kind: str, customer: Customer, points: int, key: str, at: datetime, note: str
) -> PointsMovement:
    return PointsMovement(
        key=key, kind=kind, customer=customer, points=points, at=at, note=note
    )


def _known(keys: Sequence[str]) -> dict[str, PointsMovement]:
    return {one.key: one for one in PointsMovement.objects.filter(key__in=keys)}


def _must_be_same(
    movement: PointsMovement, kind: str, customer: Customer, points: int
) -> PointsMovement:
    is_same = movement.customer_id in customers_of_person(customer)
    if not (is_same and movement.kind == kind and movement.points == points):
        raise PointsError("key_reused", "This key was used for another movement.")
    return movement


def _must_be_points(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise PointsError("points", f"Points are whole, from 1 to {MOST_POINTS:,}.")


def _root(customer: Customer) -> int:
    return customer.merged_into_id or customer.pk


def _lock_people(*customers: Customer) -> None:
    with connection.cursor() as cursor:
        for root in sorted({_root(one) for one in customers}):
            cursor.execute(LOCK, [str(root)])
