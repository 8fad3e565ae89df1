"""Orders on the customer's page, and the tax in a source's prices."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from profiles.admin.panels import orders
from profiles.intake.sources import source_webhooks
from profiles.models import Customer, InboundSource
from retention_site.lib.admin.pages import link
from tests.factories import make_colleague, make_event, make_marketer
from tests.profiles.orders.test_shop_systems import (
    AMOUNT,
    BY_LINE,
    CANCELLED,
    shopify_order,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(make_marketer())
    return client


@pytest.fixture
def customer(shop) -> Customer:
    tell = shop("shopify")
    tell("orders/create", shopify_order(refunds=[AMOUNT, BY_LINE]))
    tell("orders/create", shopify_order(id=8107))
    tell("orders/cancelled", shopify_order(id=8107, **CANCELLED))
    tell("orders/create", shopify_order(id=8108, financial_status="pending"))
    return Customer.objects.get()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "partly refunded",
                "cancelled",
                "not paid yet",
                "money alone",
                "Came back",
            ),
        ),
        ("zh-hans", ("部分退款", "已取消", "尚未付款", "仅退款", "退回")),
    ],
)
def test_page_of_a_customer_shows_what_became_of_her_orders(
    staff, customer, language, words
):
    page = staff.get(
        link(customer), headers={"Accept-Language": language}
    ).content.decode()
    shown = page[page.index('id="orders"') :]
    assert [one for one in (*words, "8106", "8107", "8108") if one not in shown] == []


def test_what_is_left_is_what_was_ordered_less_what_came_back(customer):
    order = next(one for one in orders.lives(customer) if one.order_id == "8106")
    assert (order.paid, order.back) == (60, 50)
    (line,) = (one for item, one in order.lines.items() if item == "632")
    assert (line.ordered, line.back, line.left, line.money) == (2, 1, 1, 30)


def test_order_that_came_by_file_says_what_its_facts_say(customer):
    make_event(
        customer, order_id="f1", item_id="tea", quantity=Decimal(1), price=Decimal(5)
    )
    assert (
        next(one for one in orders.lives(customer) if one.order_id == "f1").words
        == "paid"
    )


def test_customer_without_orders_has_no_such_card(db):
    assert orders.panel(Customer.objects.create(external_id="new")) is None


def test_page_of_a_source_says_what_its_prices_hold(staff):
    source = source_webhooks.make("till", "mapped")[0]
    assert 'name="tax_percent"' in staff.get(link(source)).content.decode()
    address = reverse("admin:profiles_inboundsource_do", args=[source.pk, "price"])
    staff.post(address, {"prices": "with_tax", "tax_percent": "7,7"})
    source.refresh_from_db()
    assert (source.prices, source.tax_percent) == ("with_tax", Decimal("7.70"))
    for wrong in (
        {"prices": "with_tax", "tax_percent": "1e9"},
        {"prices": "with_tax", "tax_percent": "x"},
        {},
    ):
        assert (
            "from 0 to 100" in staff.post(address, wrong, follow=True).content.decode()
        )
    source.refresh_from_db()
    assert source.tax_percent == Decimal("7.70")


def test_who_may_only_look_changes_nothing():
    source = source_webhooks.make("till", "mapped")[0]
    client = Client()
    client.force_login(make_colleague())
    client.post(
        reverse("admin:profiles_inboundsource_do", args=[source.pk, "price"]),
        {"prices": "with_tax", "tax_percent": "7"},
    )
    assert InboundSource.objects.get().prices == "told"
