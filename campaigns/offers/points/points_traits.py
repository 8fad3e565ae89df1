"""Points and tiers as traits of the portrait: for segments, scores and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from campaigns.models import PointsMovement, PointsSweep
from campaigns.offers.points import programme, tiers
from profiles.portraits.store import write_traits
from profiles.portraits.traits.contract import Meaning
from retention_site.lib.clock import shop_zone

BALANCE, EXPIRING, TIER = "points_balance", "points_expiring", "points_tier"
SOON_DAYS = 30
AT_ONCE = 50_000  # people
MOVED = """
    SELECT DISTINCT coalesce(customer.merged_into_id, customer.id)
    FROM campaigns_pointsmovement movement
    JOIN profiles_customer customer ON customer.id IN (movement.customer_id, movement.to_customer_id)
    WHERE movement.id > %(after)s AND customer.erased_at IS NULL ORDER BY 1
"""
HAVE = """
    SELECT coalesce(customer.merged_into_id, customer.id),
        coalesce(sum(lot."left") FILTER (WHERE lot.opens_at IS NULL OR lot.opens_at <= %(at)s), 0)::bigint,
        coalesce(sum(lot."left") FILTER (WHERE lot.expires_at <= %(soon)s
            AND (lot.opens_at IS NULL OR lot.opens_at <= %(at)s)), 0)::bigint,
        min(lot.expires_at) FILTER (WHERE lot.opens_at IS NULL OR lot.opens_at <= %(at)s),
        count(*)
    FROM campaigns_pointslot lot JOIN profiles_customer customer ON customer.id = lot.customer_id
    WHERE lot."left" > 0 AND (lot.expires_at IS NULL OR lot.expires_at > %(at)s)
        AND customer.id IN (SELECT id FROM profiles_customer
            WHERE id = ANY(%(people)s) OR merged_into_id = ANY(%(people)s))
    GROUP BY 1
"""


class PointsBalance(Meaning):
    key = BALANCE
    title = _("Points")
    definition = _("Points that can be spent now: pending ones are not counted.")


class PointsExpiring(Meaning):
    key = EXPIRING
    title = _("Points about to expire")
    definition = _("Points that can be spent now and expire within 30 days.")
    window_days = SOON_DAYS


class PointsTier(Meaning):
    key = TIER
    title = _("Tier")
    definition = _("The tier reached by points or money, by the rules under Points.")


@dataclass(frozen=True)
class Holding:
    """What a person can spend, how much of it expires soon, when the first of it does,
    and in how many lots it lies.
    """

    points: int = 0
    expiring: int = 0
    first_expiry: datetime | None = None
    n_lots: int = 0


def holdings(people: Sequence[int], at: datetime) -> dict[int, Holding]:
    """Return what people have, by the key of whoever stands for each."""
    given: dict[str, Any] = {
        "people": list(people),
        "at": at,
        "soon": at + timedelta(days=SOON_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(HAVE, given)
        return {person: Holding(*row) for person, *row in cursor}


def refresh(*, at: datetime) -> int:
    """Write the traits of whoever's points moved; of everybody once a day, since lots
    open and expire by themselves. Return how many people.
    """
    place = PointsSweep.objects.first()
    if place is None:
        return 0
    today = at.astimezone(shop_zone()).date()
    newest = PointsMovement.objects.aggregate(newest=Max("pk"))["newest"] or 0
    after = place.movement if place.traits_on == today else 0
    if newest <= after:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"after": after})
        people = [person for (person,) in cursor]
    for start in range(0, len(people), AT_ONCE):
        _write(people[start : start + AT_ONCE], at)
    PointsSweep.objects.update(movement=newest, traits_on=today)
    return len(people)


def _write(people: Sequence[int], at: datetime) -> None:
    found = holdings(people, at)
    has = [(one, found.get(one, Holding())) for one in people]
    write_traits(BALANCE, ((one, h.points, h.n_lots) for one, h in has), at)
    write_traits(EXPIRING, ((one, h.expiring, h.n_lots) for one, h in has), at)
    terms = programme.held_at(programme.history(), at)
    if terms is None or not terms.tiers.steps:
        return
    steps = tiers.steps_of(terms, at, people)
    named = ((one, steps[one].name if one in steps else None, 1) for one in people)
    write_traits(TIER, named, at)
