"""A burn in one statement: lots are read, emptied and posted in a single round trip, so
that a till waits for one answer and one commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

BURN = """
    WITH lots AS MATERIALIZED (
        SELECT lot.id, lot."left", lot.expires_at, lot.at FROM campaigns_pointslot lot
        WHERE lot.customer_id IN (SELECT id FROM profiles_customer
                WHERE id = %(person)s OR merged_into_id = %(person)s)
            AND lot."left" > 0 AND lot.at <= %(at)s
            AND (lot.expires_at IS NULL OR lot.expires_at > %(at)s)
            AND (lot.opens_at IS NULL OR lot.opens_at <= %(at)s)
            AND NOT EXISTS (SELECT FROM campaigns_pointsmovement WHERE key = %(key)s)
        FOR UPDATE OF lot
    ), summed AS (
        SELECT id, "left", sum("left") OVER () AS has,
            sum("left") OVER (ORDER BY expires_at NULLS LAST, at, id) - "left" AS before
        FROM lots
    ), taken AS (
        SELECT id, least("left", %(points)s - before)::bigint AS n FROM summed
        WHERE before < %(points)s AND has >= %(points)s
    ), movement AS (
        INSERT INTO campaigns_pointsmovement (key, kind, customer_id, points, at, note)
        SELECT %(key)s, 'burn', %(customer)s, %(points)s, %(at)s, %(note)s
        WHERE EXISTS (SELECT FROM taken)
        RETURNING id
    ), emptied AS (
        UPDATE campaigns_pointslot lot SET "left" = lot."left" - taken.n
        FROM taken WHERE lot.id = taken.id
    ), posted AS (
        INSERT INTO campaigns_pointsposting (movement_id, lot_id, points, at)
        SELECT movement.id, side.lot, side.points, %(at)s FROM movement, taken
        CROSS JOIN LATERAL (VALUES (taken.id, -taken.n), (NULL::bigint, taken.n))
            AS side (lot, points)
    )
    SELECT (SELECT id FROM movement), (SELECT coalesce(sum("left"), 0)::bigint FROM lots),
        EXISTS (SELECT FROM campaigns_pointsmovement WHERE key = %(key)s)
"""


@dataclass(frozen=True)
class Burnt:
    """The movement, or how many points there were, or that its key was told before."""

    movement: int | None
    has: int
    is_told: bool


def burn_now(
    person: int, customer: int, points: int, *, key: str, at: datetime, note: str
) -> Burnt:
    """Take points out of a locked person's lots, first-expiring-first."""
    asked: dict[str, Any] = {
        "person": person,
        "customer": customer,
        "points": points,
        "key": key,
        "at": at,
        "note": note,
    }
    with connection.cursor() as cursor:
        cursor.execute(BURN, asked)
        return Burnt(*cursor.fetchone())
