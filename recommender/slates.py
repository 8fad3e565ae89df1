"""Keep what customers were really shown, with the chance that each place had to hold
it: what a later look at lists, offline, cannot do without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from django.db import connection

from retention_site.lib.commands import json_line

INSERT = """
    INSERT INTO recommender_slate (customer_id, place, reference, model, items, shown_at)
    SELECT said.customer, said.place, said.reference, coalesce(lists.model, ''), said.items::jsonb, %(at)s
    FROM unnest(%(customers)s::bigint[], %(places)s::text[], %(references)s::text[], %(items)s::text[])
        AS said (customer, place, reference, items)
    LEFT JOIN recommender_recommendationlist lists ON lists.customer_id = said.customer AND lists.mode = 'all'
    ON CONFLICT DO NOTHING
"""


class Shown(Protocol):
    """One place of a list as it was shown."""

    @property
    def item_id(self) -> str: ...

    @property
    def propensity(self) -> float: ...


def keep(
    place: str, at: datetime, shown: Iterable[tuple[int, str, Sequence[Shown]]]
) -> int:
    """Store (customer, reference, items in order) and return how many; the same
    reference is kept once.
    """
    return _insert(
        at,
        [
            (customer, place, reference, _told(items))
            for customer, reference, items in shown
            if items
        ],
    )


def keep_asked(
    customer: int, shown: Mapping[str, Sequence[Shown]], reference: str, at: datetime
) -> int:
    """Store what a program asked for and showed, list by list, and return how many.

    A call without a reference that is sent again within the hour, and answered the
    same, was one showing.
    """
    told = {name: _told(items) for name, items in shown.items() if items}
    return _insert(
        at,
        [
            (
                customer,
                f"api {name}",
                reference or f"{at:%Y-%m-%dT%HZ} {_digest(one)}",
                one,
            )
            for name, one in told.items()
        ],
    )


def _insert(at: datetime, rows: Sequence[tuple[int, str, str, str]]) -> int:
    if not rows:
        return 0
    names = ("customers", "places", "references", "items")
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "at": at,
                **dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)),
            },
        )
        return int(cursor.rowcount)


def _told(items: Iterable[Shown]) -> str:
    return json_line(
        [{"item_id": one.item_id, "propensity": one.propensity} for one in items]
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
