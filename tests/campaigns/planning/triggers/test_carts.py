"""A reminder is about what is in the cart now, and there is none of what was emptied or
bought.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from campaigns import tasks
from campaigns.models import Occasion, Trigger
from profiles.intake import tracking
from profiles.intake.sources import source_webhooks
from profiles.models import Customer
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer, make_item
from tests.profiles.intake_api.test_sources import signature
from tests.sending import local_sinks, shop, taken  # noqa: F401

from ..test_recipes import approved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mary(local_sinks: object) -> Customer:  # noqa: F811
    mary = make_customer(external_id="mary", email="mary@shop.example")
    make_consent(mary, "email", topic="marketing", at=now() - timedelta(30))
    for item in ("tea", "cup", "pot"):
        make_item(external_id=item, title=f"The {item}")
    approved("abandoned_cart")
    return mary


def told(minutes: float, event: str, user: str = "mary", **properties: Any) -> None:
    """Something happens so many minutes ago."""
    at = (now() - timedelta(minutes=minutes)).isoformat()
    message = {
        "type": "track",
        "userId": user,
        "event": event,
        "timestamp": at,
        "properties": properties,
    }
    taken_in = tracking.take([message], source="web")
    assert not taken_in.failed, taken_in.failed


def reminders() -> list[str]:
    """Let an hour's work be done, twice, and return the mails as text."""
    for _ in range(2):
        Trigger.objects.update(looked_at=None)
        tasks.look_for_occasions()
        tasks.start_occasions()
        tasks.send_due("bulk")
    return [words(line) for line in taken()]


def words(line: dict[str, Any]) -> str:
    """Return a mail as its reader sees it, without its markup's own words."""
    (raw,) = (
        value
        for value in line.values()
        if isinstance(value, str) and "MIME-Version" in value
    )
    parsed = message_from_string(raw, policy=default)
    return str(parsed.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def item(name: str, **more: Any) -> dict[str, Any]:
    return {"product_id": name, "price": 4, "cart_id": "k"} | more


def test_what_was_put_in_and_taken_out_again_reminds_nobody(mary: Customer) -> None:
    told(70, "Product Added", **item("tea"))
    told(69, "Product Removed", **item("tea"))
    assert reminders() == []
    assert Occasion.objects.get().reason == "the cart was emptied"


@pytest.mark.parametrize("has_id", [True, False])
def test_reminder_names_what_is_in_it_now(mary: Customer, has_id: bool) -> None:
    def one(name: str) -> dict[str, Any]:
        return item(name) if has_id else {"product_id": name, "price": 4}

    told(90, "Product Added", **one("tea"))
    told(80, "Product Added", **one("cup"))
    told(70, "Product Removed", **one("tea"))
    (mail,) = reminders()
    assert "The cup" in mail
    assert "The tea" not in mail


def test_cart_that_is_shown_as_a_whole_is_what_it_holds(mary: Customer) -> None:
    told(90, "Product Added", **item("tea"))
    told(
        70, "Cart Viewed", cart_id="k", products=[{"product_id": "pot", "quantity": 1}]
    )
    (mail,) = reminders()
    assert "The pot" in mail
    assert "The tea" not in mail


@pytest.mark.parametrize(
    "emptied", [("Cart Viewed", {"products": []}), ("Cart Emptied", {})]
)
def test_cart_that_is_shown_empty_reminds_nobody(
    mary: Customer, emptied: tuple[str, dict[str, Any]]
) -> None:
    told(90, "Product Added", **item("tea"))
    told(61, emptied[0], cart_id="k", **emptied[1])
    assert reminders() == []


def test_some_of_an_item_taken_out_leaves_the_rest(mary: Customer) -> None:
    told(90, "Product Added", **item("tea", quantity=3))
    told(80, "Product Removed", **item("tea", quantity=1))
    assert len(reminders()) == 1


def test_events_that_come_late_are_put_in_their_order(mary: Customer) -> None:
    told(70, "Product Removed", **item("tea"))
    told(90, "Product Added", **item("tea"))
    assert reminders() == []


@pytest.mark.parametrize("said", [{"cart_id": "k"}, {"checkout_id": "k"}])
def test_cart_of_a_guest_that_the_account_bought_reminds_nobody(
    mary: Customer, said: dict[str, str]
) -> None:
    guest = make_customer(external_id="g7", email="g7@shop.example")
    make_consent(guest, "email", topic="marketing", at=now() - timedelta(30))
    told(90, "Product Added", "g7", **item("tea"))
    order = {"order_id": "o1", "products": [{"product_id": "tea", "price": 4}]}
    told(75, "Order Completed", **order, **said)
    assert reminders() == []
    assert Occasion.objects.get(customer=guest).reason == "bought meanwhile"


@pytest.fixture
def shopify(client: Any) -> Callable[[str, dict[str, Any]], None]:
    secret = source_webhooks.make("shop", "shopify", secret="shpss_1")[1]

    def post(topic: str, payload: dict[str, Any]) -> None:
        raw = json.dumps(payload).encode()
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature(secret, raw),
        }
        answer = client.post(
            "/v1/sources/shop", raw, content_type="application/json", headers=headers
        )
        assert answer.status_code == 200
        assert not answer.json()["failed"], answer.json()

    return post


def checkout(minutes: float, *items: str) -> dict[str, Any]:
    began, told_at = (now() - timedelta(minutes=one) for one in (120, minutes))
    return {
        "id": 555,
        "token": "tok555",
        "cart_token": "c1",
        "email": "mary@shop.example",
        "currency": "EUR",
        "created_at": began.isoformat(),
        "updated_at": told_at.isoformat(),
        "completed_at": None,
        "customer": {"id": 777, "email": "mary@shop.example"},
        "line_items": [
            {"product_id": one, "quantity": 1, "price": "9.00"} for one in items
        ],
    }


def test_checkout_of_shopify_is_a_cart(
    mary: Customer, shopify: Callable[..., None]
) -> None:
    shopify(
        "checkouts/create",
        {k: v for k, v in checkout(70, "tea").items() if k != "updated_at"},
    )
    (mail,) = reminders()
    assert "The tea" in mail


def test_update_of_a_checkout_is_its_newest_state(
    mary: Customer, shopify: Callable[..., None]
) -> None:
    shopify("checkouts/create", checkout(100, "tea"))
    shopify("checkouts/update", checkout(70, "cup", "pot"))
    (mail,) = reminders()
    assert "The cup" in mail
    assert "The tea" not in mail


def test_checkout_that_was_emptied_or_bought_reminds_nobody(
    mary: Customer, shopify: Callable[..., None]
) -> None:
    shopify("checkouts/create", checkout(100, "tea"))
    shopify("checkouts/update", checkout(70))
    assert reminders() == []


def test_checkout_that_another_account_bought_reminds_nobody(
    mary: Customer, shopify: Callable[..., None]
) -> None:
    shopify("checkouts/create", checkout(100, "tea"))
    order = {
        "id": 1,
        "checkout_token": "tok555",
        "created_at": (now() - timedelta(minutes=65)).isoformat(),
        "customer": {"id": 778, "email": "office@shop.example"},
        "currency": "EUR",
        "line_items": [{"id": 1, "product_id": "tea", "quantity": 1, "price": "9.00"}],
    }
    shopify("orders/create", order)
    assert reminders() == []
