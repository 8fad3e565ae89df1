"""What messages say about customers, for many at once: names, traits, and products
chosen for each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from campaigns.content.model import Recommendations
from campaigns.planning import explain
from campaigns.rendering.template_context import (
    Card,
    Lately,
    Person,
    PointsFacts,
    Visits,
)
from profiles.models import Item
from recommender.serving import Recommended, calendar_days, cut, lists_for
from retention_site.lib.clock import shop_zone
from retention_site.lib.walltime import zone_named


@dataclass(frozen=True, slots=True)
class Known:
    """One customer as words and value policies see them."""

    person: Person
    traits: Mapping[str, Any] = field(default_factory=dict)  # of the portrait
    visits: Visits = field(default_factory=Visits)
    lately: Lately | None = None  # where words ask for it
    points: PointsFacts | None = None  # where words ask for them


MOST_ITEMS = 12  # of one message
SPARE = 3  # times as many are asked for as are shown
KNOWN = """
    SELECT customer.id, customer.external_id, customer.first_name, customer.last_name, customer.language,
        customer.time_zone, customer.traits, portrait.traits, portrait.as_of, last.happened_at
    FROM profiles_customer customer LEFT JOIN profiles_portrait portrait ON portrait.customer_id = customer.id
    LEFT JOIN LATERAL (
        SELECT happened_at FROM profiles_event
        WHERE customer_id = customer.id AND type = 'purchase' AND quantity > 0 AND happened_at < %s
        ORDER BY happened_at DESC LIMIT 1
    ) AS last ON true
    WHERE customer.id = ANY(%s)
"""


def load(customers: Sequence[int], now: datetime) -> dict[int, Known]:
    """Return customers by key. One query, however many."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [now, list(customers)])
        zone = shop_zone()
        return {
            pk: _known(_person(*person, shops=zone), _json(portrait), as_of, last, now)
            for pk, *person, portrait, as_of, last in cursor
        }


def cards(
    customers: Sequence[int], wanted: Recommendations | None
) -> dict[int, list[Card]]:
    """Return each customer's recommended products that are on sale, best first, no two
    of one title.
    """
    if wanted is None or not customers:
        return {}
    lists = lists_for(list(customers), mode=wanted.mode, k=wanted.k * SPARE)
    ids = {one.item_id for ranked in lists.values() for one in ranked}
    items = {
        item.external_id: item
        for item in Item.objects.filter(external_id__in=ids, available=True)
    }
    return cut(
        {customer: _different(ranked, items) for customer, ranked in lists.items()},
        wanted.k,
        wanted.mode,
    )


def items(wanted: Iterable[str]) -> dict[str, Card]:
    """Return items by id as messages show them, whether they are on sale or not."""
    found = Item.objects.filter(external_id__in=set(wanted))
    return {item.external_id: _item_card(item) for item in found}


def item_ids(data: Mapping[str, Any]) -> list[str]:
    """Return the items that something is about, by their ids."""
    listed = data.get("item_ids")
    named = listed if isinstance(listed, list) else []
    return [one for one in named if isinstance(one, str)][:MOST_ITEMS]


def _different(ranked: Sequence[Recommended], items: Mapping[str, Item]) -> list[Card]:
    """Two packs of one product look the same to a customer: the better one stands for
    both.
    """
    shown: dict[str, Card] = {}
    for one in ranked:
        if one.item_id in items:
            card = _card(one, items[one.item_id])
            shown.setdefault(card.title.casefold() or card.item_id, card)
    return list(shown.values())


def _known(
    person: Person,
    portrait: Mapping[str, Any] | None,
    as_of: datetime | None,
    last_bought: datetime | None,
    now: datetime,
) -> Known:
    """Count the days since the last visit by the customer's calendar, and from the
    newest purchase there is.
    """
    traits = {} if portrait is None or as_of is None else _values(portrait)
    drawn = explain.last_seen(traits, as_of) if as_of else None
    last = max(filter(None, (drawn, last_bought)), default=None)
    days = None if last is None else calendar_days(last, now, person.zone)
    return Known(person, traits, explain.visits_of(traits, days))


def _person(
    external_id: str,
    first_name: str,
    last_name: str,
    language: str,
    time_zone: str,
    traits: str,
    *,
    shops: ZoneInfo,
) -> Person:
    zone = zone_named(time_zone) or shops
    return Person(
        external_id,
        first_name,
        last_name,
        language,
        zone,
        {} if traits == "{}" else _json(traits) or {},
    )


def _json(text: str | None) -> Any:
    """Django's connection hands JSON over as text."""
    return None if text is None else json.loads(text)


def _values(traits: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: one.get("value") for key, one in traits.items() if isinstance(one, Mapping)
    }


def _card(recommended: Recommended, item: Item) -> Card:
    return replace(
        _item_card(item),
        reason=recommended.reason,
        engine=recommended.engine,
        propensity=recommended.propensity,
    )


def _item_card(item: Item) -> Card:
    return Card(
        item_id=item.external_id,
        title=item.title,
        reason="",
        brand=item.brand,
        category=item.category,
        price=item.price,
        currency=item.currency or settings.SHOP_CURRENCY,
        url=item.url,
        image_url=item.image_url,
    )
