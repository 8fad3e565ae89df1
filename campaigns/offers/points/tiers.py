"""Tiers: which step somebody has reached, by points earned or money spent, as of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection

from campaigns.content.points_terms import POINTS, PointsTerms, TierStep
from campaigns.offers.points import programme
from profiles.models import Customer

PEOPLE = """
    (%(people)s::bigint[] IS NULL OR {column} IN (SELECT id FROM profiles_customer
        WHERE id = ANY(%(people)s) OR merged_into_id = ANY(%(people)s)))
"""
# points that came by transfer were earned by somebody else
EARNED = f"""
    SELECT coalesce(customer.merged_into_id, customer.id),
        sum(CASE movement.kind WHEN 'award' THEN movement.points
            ELSE -movement.points - movement.missing END)
    FROM campaigns_pointsmovement movement
    JOIN profiles_customer customer ON customer.id = movement.customer_id
    WHERE movement.kind IN ('award', 'take_back')
        AND movement.at >= %(since)s AND movement.at <= %(as_of)s
        AND {PEOPLE.format(column="movement.customer_id")}
    GROUP BY 1
"""  # noqa: S608  our own text
# what a unit of an event's currency is worth; 0 where the shop doesn't know
IN_SHOPS_CURRENCY = """
    CASE WHEN coalesce(event.currency, '') IN ('', %(currency)s) THEN 1 ELSE coalesce((
        SELECT rate FROM profiles_rate rate WHERE rate.currency = event.currency
            AND rate.date <= event.happened_at::date ORDER BY rate.date DESC LIMIT 1), 0) END
"""
SPENT = f"""
    SELECT coalesce(customer.merged_into_id, customer.id),
        sum(event.quantity * event.price * {IN_SHOPS_CURRENCY})
    FROM profiles_event event JOIN profiles_customer customer ON customer.id = event.customer_id
    WHERE event.type IN ('purchase', 'return') AND event.happened_at >= %(since)s
        AND event.happened_at <= %(as_of)s
        AND {PEOPLE.format(column="event.customer_id")}
    GROUP BY 1
"""  # noqa: S608  our own text


def steps_of(
    terms: PointsTerms, as_of: datetime, people: Sequence[int] | None = None
) -> dict[int, TierStep]:
    """Return who has reached which step, by the key of whoever stands for a person;
    whoever has reached none is left out. Without ``people`` it is everybody.
    """
    if not terms.is_active or not terms.tiers.steps:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            EARNED if terms.tiers.by == POINTS else SPENT,
            {
                "since": as_of - timedelta(days=terms.tiers.within_days),
                "as_of": as_of,
                "people": None if people is None else list(people),
                "currency": settings.SHOP_CURRENCY,
            },
        )
        amounts: list[tuple[int, Decimal | None]] = cursor.fetchall()
    reached = {who: terms.tiers.of(amount or 0) for who, amount in amounts}
    return {who: step for who, step in reached.items() if step is not None}


def tier_of(customer: Customer, as_of: datetime) -> str:
    """Return the name of a customer's tier; empty where she has none."""
    terms = programme.held_at(programme.history(), as_of)
    if terms is None:
        return ""
    root = customer.merged_into_id or customer.pk
    step = steps_of(terms, as_of, [root]).get(root)
    return step.name if step else ""
