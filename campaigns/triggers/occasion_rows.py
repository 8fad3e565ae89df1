"""Write occasions down, each once. Another event of the same object moves the one that
still waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.content.model import TriggerPlan

NOTICE = """
    INSERT INTO campaigns_occasion AS occasion (campaign_id, customer_id, key, state, happened_at, due_at, data)
    SELECT trigger.campaign_id, sighted.customer, coalesce((
            SELECT waiting.key FROM campaigns_occasion waiting
            WHERE sighted.is_by_customer AND waiting.campaign_id = trigger.campaign_id
                AND waiting.customer_id = sighted.customer AND waiting.state = 'waiting' ORDER BY waiting.id LIMIT 1
        ), sighted.key), 'waiting', sighted.happened_at, sighted.due_at, sighted.data
    FROM unnest(%(triggers)s::bigint[], %(customers)s::bigint[], %(keys)s::text[], %(by_customer)s::bool[],
        %(happened)s::timestamptz[], %(due)s::timestamptz[], %(data)s::jsonb[])
        AS sighted (trigger, customer, key, is_by_customer, happened_at, due_at, data)
    JOIN campaigns_trigger trigger ON trigger.id = sighted.trigger AND trigger.is_active
        AND sighted.happened_at >= trigger.since
        AND sighted.happened_at >= %(now)s - coalesce(trigger.plan ->> 'not_older_than', %(age)s)::interval
        AND sighted.due_at + (trigger.plan ->> 'expires_after_hours')::float * interval '1 hour' > %(now)s
    JOIN profiles_customer customer ON customer.id = sighted.customer AND customer.erased_at IS NULL
    WHERE NOT (sighted.is_by_customer AND EXISTS (
        SELECT FROM campaigns_occasion later WHERE later.campaign_id = trigger.campaign_id
            AND later.customer_id = sighted.customer AND later.happened_at >= sighted.happened_at
    ))
    ORDER BY trigger.campaign_id, sighted.key
    ON CONFLICT (campaign_id, key) DO UPDATE
    SET happened_at = excluded.happened_at, due_at = excluded.due_at,
        data = occasion.data || excluded.data || jsonb_build_object('item_ids',
            coalesce(excluded.data -> 'item_ids', '[]') || (coalesce(occasion.data -> 'item_ids', '[]')
                - ARRAY(SELECT jsonb_array_elements_text(coalesce(excluded.data -> 'item_ids', '[]')))))
    WHERE occasion.state = 'waiting' AND excluded.happened_at > occasion.happened_at
    RETURNING due_at
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that a trigger waits for happened to a customer."""

    trigger: int
    customer: int
    key: str
    happened_at: datetime
    due_at: datetime
    data: dict[str, Any]
    # one waiting occasion for the customer, whatever its key
    is_by_customer: bool = False


@dataclass(frozen=True, slots=True)
class Noticed:
    """How many occasions were written or moved, and how many of them may start at once."""

    n: int = 0
    n_due: int = 0


def notice(sightings: Iterable[Sighting], now: datetime) -> Noticed:
    """Write sightings down in one statement; those seen before change nothing."""
    each = _merged(sightings)
    if not each:
        return Noticed()
    values: dict[str, Any] = {
        "triggers": [one.trigger for one in each],
        "customers": [one.customer for one in each],
        "keys": [one.key for one in each],
        "by_customer": [one.is_by_customer for one in each],
        "happened": [one.happened_at for one in each],
        "due": [one.due_at for one in each],
        "data": [json.dumps(one.data) for one in each],
        "now": now,
        "age": TriggerPlan.not_older_than,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTICE, values)
        due = [due_at for (due_at,) in cursor.fetchall()]
    return Noticed(len(due), sum(one <= now for one in due))


def _merged(sightings: Iterable[Sighting]) -> Sequence[Sighting]:
    """One sighting for each object: the newest, with the items of all."""
    found: dict[tuple[int, int | str], Sighting] = {}
    for one in sorted(sightings, key=lambda one: one.happened_at):
        place = (one.trigger, one.customer if one.is_by_customer else one.key)
        earlier = found.get(place)
        found[place] = (
            replace(one, data=_with_items(earlier.data, one.data)) if earlier else one
        )
    return list(found.values())


def _with_items(earlier: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    items = dict.fromkeys([*newer.get("item_ids", ()), *earlier.get("item_ids", ())])
    return {**earlier, **newer, "item_ids": list(items)}
