"""One shop has one meaning of revenue: with tax or without, whoever tells of an order."""

from decimal import Decimal

import pytest

from profiles.intake.sources import source_webhooks
from profiles.intake.sources.contract import Shop
from profiles.intake.sources.mapped import Mapped
from profiles.models import InboundSource
from tests.profiles.orders.conftest import left
from tests.profiles.orders.test_shop_systems import BY_LINE, shopify_order, woo_order

pytestmark = pytest.mark.django_db
LINE = shopify_order()["line_items"][0]
GROSS = LINE | {"price": "59.50", "tax_lines": [{"price": "19.00", "rate": 0.19}]}
NET = LINE | {"price": "50.00", "tax_lines": [{"price": "19.00", "rate": 0.19}]}
WOO = woo_order()["line_items"][0] | {
    "total": "100.00",
    "subtotal": "100.00",
    "total_tax": "19.00",
}


@pytest.mark.parametrize(("counts_tax", "sum_"), [(False, 200), (True, 238)])
@pytest.mark.parametrize("included", [True, False])
def test_both_shop_systems_add_the_same_kind_of_money(
    shop, settings, counts_tax, sum_, included
):
    settings.REVENUE_HAS_TAX = counts_tax
    line = GROSS if included else NET
    shop("shopify")(
        "orders/create", shopify_order(line_items=[line], taxes_included=included)
    )
    shop("woocommerce")("order.created", woo_order(line_items=[WOO], total="119.00"))
    assert left() == sum_


@pytest.mark.parametrize(("counts_tax", "rest"), [(False, 50), (True, Decimal("59.5"))])
@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("door", ["refunds/create", "orders/updated"])
def test_what_comes_back_is_counted_as_it_was_sold(
    shop, settings, counts_tax, rest, included, door
):
    settings.REVENUE_HAS_TAX = counts_tax
    tell = shop("shopify")
    order = shopify_order(
        line_items=[GROSS if included else NET], taxes_included=included
    )
    line = BY_LINE["refund_line_items"][0] | {
        "subtotal": 59.5 if included else 50.0,
        "total_tax": 9.5,
    }
    refund = BY_LINE | {"refund_line_items": [line]}
    tell("orders/create", order)
    tell(door, refund if door == "refunds/create" else order | {"refunds": [refund]})
    assert left() == rest


@pytest.mark.parametrize(
    ("counts_tax", "rest"), [(False, 75), (True, Decimal("89.25"))]
)
def test_sum_that_woocommerce_gives_back_holds_its_tax(
    shop, settings, counts_tax, rest
):
    settings.REVENUE_HAS_TAX = counts_tax
    order = woo_order(
        line_items=[WOO], total="119.00", refunds=[{"id": 1, "total": "-29.75"}]
    )
    shop("woocommerce")("order.created", order)
    assert left() == rest


@pytest.mark.parametrize(
    ("prices", "counts_tax", "price"),
    [
        ("told", True, "11.90"),
        ("with_tax", False, "10"),
        ("without_tax", True, "14.161"),
        ("with_tax", True, "11.90"),
    ],
)
def test_setting_of_a_source_says_what_its_prices_hold(
    settings, prices, counts_tax, price
):
    settings.REVENUE_HAS_TAX = counts_tax
    source = source_webhooks.make(
        "till",
        "mapped",
        mapping={"type": "'Order Completed'", "lines": "l", "lines.price": "p"},
    )[0]
    source_webhooks.price(source, prices, Decimal(19))
    shop = source_webhooks.shop_of(InboundSource.objects.get())
    said = Mapped().meaning({"l": [{"p": "11.90"}]}, {}, shop)
    assert Decimal(said.messages[0]["properties"]["products"][0]["price"]) == Decimal(
        price
    )


def test_revenue_of_a_shop_that_says_nothing_is_what_was_charged():
    assert Shop("EUR", {}).revenue(Decimal(5), None, has_tax=False) == 5
