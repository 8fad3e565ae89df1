"""Orders by the Segment spec's words: told again, updated, refunded, cancelled."""

from decimal import Decimal

import pytest

from profiles.models import Event, Order
from tests.profiles.orders.conftest import left

pytestmark = pytest.mark.django_db
TEA = {"product_id": "tea", "price": 10, "quantity": 2}
CUP = {"product_id": "cup", "price": 5}
ORDER = {"order_id": "o1", "currency": "EUR", "products": [TEA, CUP]}


def day(n: int) -> str:
    return f"2026-10-{n:02}T10:00:00Z"


def test_thank_you_page_that_is_loaded_again_counts_once(segment):
    for n in range(1, 4):
        segment("Order Completed", f"m{n}", properties=ORDER, timestamp=day(n))
    assert left() == 25
    assert Event.objects.count() == 2
    turned = ORDER | {"products": [CUP, TEA]}
    assert (
        segment("Order Completed", "m9", properties=turned, timestamp=day(9))[
            "duplicates"
        ]
        == 2
    )
    assert left() == 25


def test_order_whose_products_have_no_price_counts_by_its_revenue(segment):
    products = [{"product_id": "x", "quantity": 2}, {"product_id": "y", "quantity": 1}]
    order = {"order_id": "o", "revenue": 120.5, "total": 135.5, "products": products}
    segment("Order Completed", "m1", properties=order)
    assert left() == Decimal("120.5")
    assert set(Event.objects.values_list("item_id", "quantity")) == {("x", 2), ("y", 1)}


@pytest.mark.parametrize(
    ("order", "sum_"),
    [
        ({"total": 135.5, "tax": 10, "shipping": 5}, Decimal("120.5")),
        ({"subtotal": 100, "total": 135.5}, Decimal(100)),
        ({"revenue": 0.01}, Decimal("0.01")),
        ({"value": 80}, Decimal(80)),
    ],
)
@pytest.mark.parametrize("quantity", [1, 3, 7])
def test_sums_are_exact_however_they_divide(segment, order, sum_, quantity):
    products = [
        {"product_id": "x", "quantity": quantity},
        {"product_id": "y", "quantity": 3},
    ]
    segment(
        "Order Completed",
        "m1",
        properties={"order_id": "o", "products": products, **order},
    )
    segment(
        "Order Completed",
        "m2",
        properties={"order_id": "o", "products": products, **order},
    )
    assert left() == sum_


def test_only_what_is_not_priced_shares_the_rest(segment):
    products = [TEA, {"product_id": "gift", "price": 0}, {"product_id": "x"}]
    segment(
        "Order Completed",
        "m1",
        properties={"order_id": "o", "revenue": 27, "products": products},
    )
    prices = dict(Event.objects.values_list("item_id", "price"))
    assert prices == {"tea": 10, "gift": 0, "x": 7}


@pytest.mark.parametrize("spelling", ["Order Cancelled", "order canceled"])
@pytest.mark.parametrize("first", ["order", "end"])
def test_cancelled_order_leaves_nothing_and_stays_cancelled(segment, spelling, first):
    told = [("Order Completed", 1), (spelling, 2)]
    for n, (event, on) in enumerate(told if first == "order" else told[::-1]):
        segment(event, f"m{n}", properties=ORDER, timestamp=day(on))
    segment("Order Completed", "m9", properties=ORDER, timestamp=day(9))
    assert left() == 0
    assert Order.objects.get().status == "cancelled"
    assert Event.objects.filter(type="return").exists() is (first == "order")
    assert Event.objects.filter(type=spelling).exists(), (
        "a campaign may wait for the word"
    )


def test_update_is_what_the_order_is_now(segment):
    segment("Order Completed", "m1", properties=ORDER, timestamp=day(1))
    segment(
        "Order Updated", "m2", properties=ORDER | {"products": [TEA]}, timestamp=day(2)
    )
    assert left() == 20
    segment("Order Completed", "m3", properties=ORDER, timestamp=day(3))
    assert left() == 20, "the page was loaded again"
    segment(
        "Order Updated",
        "m4",
        properties=ORDER | {"products": [TEA, CUP, CUP]},
        timestamp=day(4),
    )
    assert left() == 30


@pytest.mark.parametrize(
    ("refund", "rest"),
    [
        ({}, 0),
        ({"products": [{"product_id": "tea", "quantity": 1}]}, 15),
        ({"products": [{"product_id": "tea", "quantity": 1, "price": 8}]}, 17),
        ({"products": [{"product_id": "tea", "quantity": 5}]}, 5),
        ({"total": 3}, 22),
        ({"total": 40}, 0),
    ],
)
@pytest.mark.parametrize("is_early", [False, True])
def test_refund_of_lines_of_an_amount_or_of_all(segment, refund, rest, is_early):
    told = [
        ("Order Completed", "m1", ORDER, 1),
        ("Order Refunded", "m2", {"order_id": "o1"} | refund, 2),
    ]
    for event, id_, properties, on in told[::-1] if is_early else told:
        for _ in range(2):
            segment(event, id_, properties=properties, timestamp=day(on))
    assert left() == rest


def test_two_refunds_of_one_line_are_two(segment):
    segment("Order Completed", "m1", properties=ORDER, timestamp=day(1))
    back = {"order_id": "o1", "products": [{"product_id": "tea", "quantity": 1}]}
    segment("Order Refunded", "m2", properties=back, timestamp=day(2))
    segment("Order Refunded", "m3", properties=back, timestamp=day(3))
    segment(
        "Order Refunded", "m4", properties=back | {"refund_id": "r"}, timestamp=day(4)
    )
    assert left() == 5


def test_lines_without_an_order_id_keep_their_message_for_an_id(segment):
    for n in range(2):
        segment("Order Completed", f"m{n}", properties={"products": [TEA]})
        segment("Order Completed", f"m{n}", properties={"products": [TEA]})
    assert left() == 40


def test_article_given_back_at_the_till_with_a_new_order(segment):
    back = {"product_id": "cup", "price": 5, "quantity": -1}
    segment(
        "Order Completed", "m1", properties={"order_id": "o2", "products": [TEA, back]}
    )
    segment(
        "Order Completed", "m2", properties={"order_id": "o2", "products": [TEA, back]}
    )
    assert left() == 15
    assert Event.objects.get(type="return").item_id == "cup"


def test_order_of_two_keys_is_two_orders(segment, client):
    from profiles.intake import tracking

    segment("Order Completed", "m1", properties=ORDER)
    message = {
        "type": "track",
        "event": "Order Completed",
        "userId": "anna",
        "properties": ORDER,
    }
    tracking.take([message], source="app")
    assert left() == 50


def test_zeros_of_a_sender_who_knows_no_prices_are_no_gifts(segment):
    products = [{"product_id": "x", "price": 0}, {"product_id": "y", "price": 0}]
    segment(
        "Order Completed",
        "m1",
        properties={"order_id": "o", "revenue": 30, "products": products},
    )
    assert left() == 30


@pytest.mark.parametrize("quantity", [{"quantity": 1}, {"quantity": -1}, {}])
def test_single_return_counts_below_zero_however_it_is_said(segment, quantity):
    segment(
        "return",
        "m1",
        properties={"product_id": "tea", "order_id": "o1", "price": 10} | quantity,
    )
    assert left() == -10
