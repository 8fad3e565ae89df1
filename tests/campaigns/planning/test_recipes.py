"""Each recipe from real facts to one message in the sink, and to none when something
speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from campaigns import tasks
from campaigns.lifecycle import recipes
from campaigns.lifecycle.approve import approve
from campaigns.models import Occasion, Trigger
from campaigns.triggers import poll
from profiles import history, segments
from profiles.consents import consent_ledger
from profiles.intake.ingest import EventIn, ingest
from profiles.models import Consent, Customer, Item, Portrait, Segment
from retention_site.lib.clock import now, shop_zone
from tests.factories import make_consent, make_customer, make_item
from tests.sending import local_sinks, shop, taken  # noqa: F401

from .conftest import someone

pytestmark = pytest.mark.django_db(transaction=True)
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def people(local_sinks: object) -> tuple[Customer, Customer]:  # noqa: F811
    """One who is written to, and one of whom something speaks against it."""
    pair = make_customer(first_name="Mary"), make_customer()
    for one in pair:
        make_consent(one, "email", topic="marketing", at=now() - timedelta(30))
    return pair


def approved(key: str) -> Trigger:
    """A recipe in use for ten days, nobody held out, at no quiet hour."""
    version = recipes.start(key, by=someone())
    version.content.update(holdout=0, quiet_hours=None, global_holdout=False)
    version.hash = _hash(version.content)
    version.save()
    approve(version, by=someone())
    Trigger.objects.exclude(kind="segment").update(since=now() - timedelta(10))
    return Trigger.objects.get()


def did(customer: Customer, kind: str, ago: timedelta, **facts: Any) -> None:
    """Something reaches us by the same way as from any shop."""
    at = now() - ago
    ingest(
        [
            EventIn(
                customer.external_id,
                kind,
                at,
                f"{kind}:{customer.pk}:{at}:{facts}",
                **facts,
            )
        ],
        source="a test",
    )


def abandoned_cart(stays: Customer, goes: Customer) -> None:
    bread, milk = make_item(title="Oat bread"), make_item(title="Milk")
    for customer in (stays, goes):
        for minutes, item in ((130, bread), (90, milk)):
            cart = {"cart_id": f"c{customer.pk}"}
            did(
                customer,
                "cart",
                timedelta(minutes=minutes),
                item_id=item.external_id,
                properties=cart,
            )
        if customer is goes:
            did(
                goes, "purchase", timedelta(minutes=60), order_id="o1", price=Decimal(3)
            )


def browse_abandonment(stays: Customer, goes: Customer) -> None:
    for customer in (stays, goes):
        for minutes in (200, 190, 180):
            did(
                customer,
                "view",
                timedelta(minutes=minutes),
                item_id=make_item().external_id,
            )
    did(goes, "cart", timedelta(minutes=100))


def post_purchase(stays: Customer, goes: Customer) -> None:
    for customer in (stays, goes):
        for item in ("a", "b"):
            did(
                customer,
                "purchase",
                timedelta(5.5),
                item_id=item,
                order_id=f"o{customer.pk}",
                price=Decimal(3),
            )
    did(goes, "return", timedelta(2), item_id="a", quantity=Decimal(-1))


def welcome(stays: Customer, goes: Customer) -> None:
    for customer in (stays, goes):  # said no, and yes again: came into the segment now
        Consent.objects.filter(customer=customer).update(status="withdrawn")
    _refresh("subscribers")
    make_consent(stays, "email", topic="marketing", at=now() - timedelta(minutes=1))
    _refresh("subscribers")


def replenishment(stays: Customer, goes: Customer) -> None:
    _refresh("due-for-more")
    for customer in (stays, goes):
        traits = {
            "n_orders": {"value": 9, "evidence": 9},
            "due_in_days": {"value": 1.5, "evidence": 9},
        }
        Portrait.objects.create(customer=customer, traits=traits, as_of=now())
    _refresh("due-for-more")
    poll.look()
    did(goes, "purchase", timedelta(0), order_id="o1", price=Decimal(3))


def win_back(stays: Customer, goes: Customer) -> None:
    for customer in (stays, goes):
        did(customer, "purchase", timedelta(70), order_id="o1", price=Decimal(3))
    _refresh("staying-away")
    for customer in (stays, goes):
        traits = {"n_orders": {"value": 5, "evidence": 5}}
        Portrait.objects.create(customer=customer, traits=traits, as_of=now())
    _refresh("staying-away")
    poll.look()
    did(goes, "purchase", timedelta(0), order_id="o2", price=Decimal(3))


def birthday(stays: Customer, goes: Customer) -> None:
    """Tomorrow's birthdays wait already, so that of the other one lies half a year
    away.
    """
    local = now().astimezone(shop_zone())
    today, other = local.date(), local.date() + timedelta(182)
    Customer.objects.filter(pk=stays.pk).update(
        birth_date=date(1980, today.month, today.day)
    )
    Customer.objects.filter(pk=goes.pk).update(
        birth_date=date(1980, other.month, other.day)
    )
    Trigger.objects.update(plan=Trigger.objects.get().plan | {"at": f"{local:%H:%M}"})
    history.refresh()


def back_in_stock(stays: Customer, goes: Customer) -> None:
    item = make_item(available=False)
    poll.look()
    _seen_by(stays, goes, item)
    Item.objects.filter(pk=item.pk).update(available=True)


def price_drop(stays: Customer, goes: Customer) -> None:
    item = make_item(price=Decimal("4.00"))
    poll.look()
    _seen_by(stays, goes, item)
    Item.objects.filter(pk=item.pk).update(price=Decimal("3.50"))


def confirm_sign_up(stays: Customer, goes: Customer) -> None:
    for one in (stays, goes):
        consent_ledger.record_for(
            one.pk,
            {("email", "news"): "pending"},
            at=now() - timedelta(minutes=5),
            source="a form",
        )
    consent_ledger.record_for(
        goes.pk, {("email", "news"): "withdrawn"}, at=now(), source="a link"
    )


STORIES: list[Callable[[Customer, Customer], None]] = [
    confirm_sign_up,
    abandoned_cart,
    browse_abandonment,
    post_purchase,
    welcome,
    replenishment,
    win_back,
    birthday,
    back_in_stock,
    price_drop,
]


# of one message; journeys have stories of their own
OF_ONE = [one.key for one in recipes.RECIPES.values() if not one.is_journey]


def test_every_recipe_has_its_story() -> None:
    assert {story.__name__ for story in STORIES} == set(OF_ONE)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_recipe_writes_once_and_not_when_something_speaks_against_it(
    story, people
) -> None:
    approved(story.__name__)
    story(*people)
    assert wrote_once(*people)


def wrote_once(stays: Customer, goes: Customer) -> bool:
    """Let the beat come round twice; say whether one got one message and for the other
    nothing is left to come.
    """
    for _ in range(2):
        Trigger.objects.update(looked_at=None)
        tasks.look_for_occasions()
        tasks.start_occasions()
        tasks.send_due("bulk")
    assert [line["to"] for line in taken()] == [[stays.email]]
    against = Occasion.objects.filter(customer=goes).values_list("state", flat=True)
    assert set(against) <= {Occasion.State.CANCELLED}
    return True


def _refresh(name: str) -> None:
    history.refresh()
    segments.refresh(Segment.objects.get(name=name))


def _seen_by(stays: Customer, goes: Customer, item: Item) -> None:
    (
        make_item(external_id="other")
        if not Item.objects.filter(external_id="other").exists()
        else None
    )
    for customer in (stays, goes):
        did(customer, "view", timedelta(hours=3), item_id=item.external_id)
    did(
        goes,
        "purchase",
        timedelta(hours=1),
        item_id=item.external_id,
        order_id="o1",
        price=Decimal(3),
    )


def _hash(content: dict[str, Any]) -> str:
    from campaigns.content.model import hash_of

    return hash_of(content)


@pytest.mark.parametrize("key", OF_ONE)
def test_a_recipe_begun_in_chinese_is_a_chinese_draft(key):
    with translation.override("zh-hans"):
        draft = recipes.start_draft(key, by=someone()).draft
    content = draft.content
    letter = content["messages"]["email"]
    assert CHINESE.search(content["name"])
    assert CHINESE.search(content["goal"])
    assert all(CHINESE.search(letter[part]) for part in ("subject", "preheader"))
    assert not CHINESE.search(letter["languages"]["en"]["subject"])
