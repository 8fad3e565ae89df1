"""What messages say about customers, for many at once: names, traits, and products chosen for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from campaigns.planning.content.model import Recommendations
from campaigns.words.facts import Card, Person
from profiles.models import Customer, Item, Portrait
from retention_site.lib.clock import shop_zone
from retention_site.lib.walltime import zone_named


@dataclass(frozen=True, slots=True)
class Known:
    """One customer as words and value policies see them."""

    person: Person
    traits: Mapping[str, Any] = field(default_factory=dict)  # of the portrait


def load(customers: Sequence[int]) -> dict[int, Known]:
    """Return customers by key. Two queries."""
    traits = dict(Portrait.objects.filter(customer__in=customers).values_list("customer_id", "traits"))
    rows = Customer.objects.filter(pk__in=customers).only(
        "external_id", "first_name", "last_name", "language", "time_zone", "traits"
    )
    return {row.pk: Known(_person(row), _values(traits.get(row.pk, {}))) for row in rows}


def cards(customers: Sequence[int], wanted: Recommendations | None) -> dict[int, list[Card]]:
    """Return each customer's recommended products that are on sale, best first."""
    if wanted is None:
        return {}
    from recommender.serving import lists_for  # its models are loaded only where products are wanted

    lists = lists_for(list(customers), mode=wanted.mode, k=wanted.k)
    ids = {one.item_id for ranked in lists.values() for one in ranked}
    items = {item.external_id: item for item in Item.objects.filter(external_id__in=ids, available=True)}
    return {
        customer: [_card(one, items[one.item_id]) for one in ranked if one.item_id in items]
        for customer, ranked in lists.items()
    }


def _person(row: Customer) -> Person:
    return Person(
        external_id=row.external_id,
        first_name=row.first_name,
        last_name=row.last_name,
        language=row.language,
        zone=zone_named(row.time_zone) or shop_zone(),
        traits=row.traits,
    )


def _values(traits: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one.get("value") for key, one in traits.items() if isinstance(one, Mapping)}


def _card(recommended: Any, item: Item) -> Card:
    return Card(
        item_id=recommended.item_id,
        title=item.title,
        reason=recommended.reason,
        engine=recommended.engine,
        brand=item.brand,
        category=item.category,
        price=item.price,
        currency=item.currency or settings.SHOP_CURRENCY,
        url=item.url,
        image_url=item.image_url,
    )
