"""An order is a thing with a life, whichever shop system tells of it, twice, late and
in any order.
"""

import json
from decimal import Decimal
from itertools import permutations

import pytest

from profiles.models import Customer, Event, Item, Order, QuarantinedRow
from tests.profiles.orders.conftest import left

pytestmark = pytest.mark.django_db


def shopify_order(**changes) -> dict:
    return {
        "id": 8106,
        "name": "#8106",
        "email": "s8106@post.example",
        "currency": "EUR",
        "financial_status": "paid",
        "created_at": "2026-10-01T12:00:00+02:00",
        "processed_at": "2026-10-01T12:00:05+02:00",
        "updated_at": "2026-10-01T12:00:05+02:00",
        "cancelled_at": None,
        "test": False,
        "discount_codes": [],
        "customer": {"id": 778106, "email": "s8106@post.example"},
        "line_items": [
            {
                "id": 81061,
                "product_id": 632,
                "title": "Kettle",
                "quantity": 2,
                "price": "30.00",
            },
        ],
        "refunds": [],
    } | changes


def woo_order(**changes) -> dict:
    return {
        "id": 9201,
        "number": "9201",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-10-01T11:00:00",
        "date_paid_gmt": "2026-10-01T11:01:00",
        "date_modified_gmt": "2026-10-02T11:00:00",
        "customer_id": 0,
        "total": "50.00",
        "billing": {
            "email": "guest9201@post.example",
            "first_name": "Gil",
            "country": "DE",
        },
        "line_items": [
            {
                "id": 92010,
                "product_id": 93,
                "quantity": 2,
                "subtotal": "50.00",
                "total": "50.00",
            },
        ],
        "coupon_lines": [],
        "refunds": [],
    } | changes


ORDERINGS = list(permutations(range(3)))
AMOUNT = {
    "id": 901,
    "order_id": 8106,
    "created_at": "2026-10-04T12:00:00Z",
    "refund_line_items": [],
    "transactions": [
        {"id": 1, "kind": "refund", "status": "success", "amount": "20.00"}
    ],
    "order_adjustments": [{"id": 5, "kind": "refund_discrepancy", "amount": "-20.00"}],
}
BY_LINE = {
    "id": 902,
    "order_id": 8106,
    "created_at": "2026-10-05T12:00:00Z",
    "refund_line_items": [
        {
            "id": 7,
            "line_item_id": 81061,
            "quantity": 1,
            "subtotal": 30.0,
            "restock_type": "return",
            "line_item": {"id": 81061, "product_id": 632},
        },
    ],
    "transactions": [{"kind": "refund", "status": "success", "amount": "30.00"}],
}
CANCELLED = {
    "financial_status": "voided",
    "cancelled_at": "2026-10-01T15:00:00+02:00",
    "updated_at": "2026-10-01T15:00:00+02:00",
    "cancel_reason": "fraud",
}


def status() -> str:
    return Order.objects.get().status


def test_shopify_refund_of_an_amount_leaves_the_rest(shop):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    refunded = shopify_order(financial_status="partially_refunded", refunds=[AMOUNT])
    tell("orders/updated", refunded)
    tell("orders/updated", refunded)
    assert left() == 40
    back = Event.objects.get(type="return")
    assert (back.item_id, back.quantity, back.price, back.order_id) == (
        None,
        -1,
        20,
        "8106",
    )
    assert back.at.isoformat() == "2026-10-04T12:00:00+00:00"
    assert status() == "part_refunded"


def test_shopify_refund_by_transactions_alone_is_one_too(shop):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    told = {
        name: value for name, value in AMOUNT.items() if name != "order_adjustments"
    }
    tell("refunds/create", told)
    assert left() == 40


def test_shipping_that_is_given_back_is_not_revenue(shop):
    tell = shop("shopify")
    shipping = [{"id": 5, "kind": "shipping_refund", "amount": "-20.00"}]
    tell(
        "orders/create",
        shopify_order(refunds=[AMOUNT | {"order_adjustments": shipping}]),
    )
    assert left() == 60


def test_less_given_back_than_the_line_cost(shop):
    tell = shop("shopify")
    fee = [{"id": 5, "kind": "refund_discrepancy", "amount": "5.00"}]
    tell("orders/create", shopify_order(refunds=[BY_LINE | {"order_adjustments": fee}]))
    assert left() == 35
    assert Event.objects.get(type="return").quantity == -1


@pytest.mark.parametrize("order", ORDERINGS)
def test_refund_that_names_nobody_is_known_by_its_order_in_any_order(shop, order):
    tell = shop("shopify")
    told = [
        ("orders/create", shopify_order()),
        ("refunds/create", BY_LINE),
        (
            "orders/updated",
            shopify_order(updated_at="2026-10-05T12:00:01Z", refunds=[BY_LINE]),
        ),
    ]
    for n in (*order, *order):
        tell(*told[n])
    assert left() == 30
    assert list(
        Event.objects.filter(type="return").values_list("item_id", "quantity")
    ) == [("632", -1)]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("order", ORDERINGS)
def test_cancelled_and_voided_leaves_nothing_in_any_order(shop, order):
    tell = shop("shopify")
    told = [
        ("orders/create", shopify_order(financial_status="authorized")),
        ("orders/cancelled", shopify_order(**CANCELLED)),
        ("orders/updated", shopify_order(**CANCELLED)),
    ]
    for n in (*order, *order):
        tell(*told[n])
    assert left() == 0
    assert status() == "cancelled"
    if order[0] != 0:
        assert not Event.objects.exists(), "first heard of when cancelled: no purchase"
    else:
        back = Event.objects.get(type="return")
        assert back.at.isoformat() == "2026-10-01T13:00:00+00:00", (
            "dated when it was cancelled"
        )


def test_unpaid_order_counts_once_it_is_paid(shop):
    tell = shop("shopify")
    for unpaid in ("pending", "voided", "expired"):
        assert (
            tell("orders/create", shopify_order(financial_status=unpaid))["stored"] == 0
        )
    tell("orders/paid", shopify_order(updated_at="2026-10-03T12:00:00Z"))
    tell("orders/create", shopify_order(financial_status="pending"))
    assert left() == 60
    assert status() == "paid"


@pytest.mark.parametrize("edited", [{"quantity": 0}, {"current_quantity": 0}, None])
def test_line_that_is_edited_off_is_gone(shop, edited):
    tell = shop("shopify")
    line = shopify_order()["line_items"][0]
    other = line | {"id": 2, "product_id": 7, "price": "5.00"}
    tell("orders/create", shopify_order(line_items=[line, other]))
    lines = [line, other | edited] if edited else [line]
    tell(
        "orders/updated",
        shopify_order(updated_at="2026-10-02T10:00:00Z", line_items=lines),
    )
    assert left() == 60


@pytest.mark.parametrize("edited", [{"quantity": 1}, {"current_quantity": 1}])
def test_line_that_is_edited_down_and_up_again(shop, edited):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    line = shopify_order()["line_items"][0]
    tell(
        "orders/updated",
        shopify_order(updated_at="2026-10-02T10:00:00Z", line_items=[line | edited]),
    )
    assert left() == 30
    assert (
        Event.objects.get(type="return").at.isoformat() == "2026-10-02T10:00:00+00:00"
    )
    more = [
        line | {"quantity": 3},
        line | {"id": 2, "product_id": 7, "quantity": 1, "price": "5.00"},
    ]
    tell(
        "orders/updated",
        shopify_order(updated_at="2026-10-03T10:00:00Z", line_items=more),
    )
    assert left() == 95
    tell(
        "orders/updated",
        shopify_order(updated_at="2026-10-02T10:00:00Z", line_items=[line | edited]),
    )
    tell("orders/create", shopify_order())
    assert left() == 95, "an older statement undoes nothing"


def shopify_edit(id_: int, at: str, **lines) -> dict:
    """An edit as `orders/edited` tells it: which lines, by how many, and no prices."""
    changed = {
        name: [{"id": line, "delta": delta} for line, delta in said]
        for name, said in lines.items()
    }
    edit = {"id": id_, "order_id": 8106, "created_at": at}
    return {
        "order_edit": edit | {"line_items": {"additions": [], "removals": []} | changed}
    }


CREATED = ("orders/create", shopify_order())
FEWER = (
    "orders/edited",
    shopify_edit(1, "2026-10-02T10:00:00Z", removals=[(81061, 1)]),
)
MORE = (
    "orders/edited",
    shopify_edit(2, "2026-10-03T10:00:00Z", additions=[(81061, 3)]),
)


@pytest.mark.parametrize("order", ORDERINGS)
def test_edits_alone_change_the_lines_that_are_known_in_any_order(shop, order):
    tell = shop("shopify")
    told = [CREATED, FEWER, MORE]
    for n in (*order, *order):
        tell(*told[n])
    assert left() == 120, "2 - 1 + 3 of 30"
    dates = set(Event.objects.filter(type="return").values_list("at__day", flat=True))
    assert dates <= {2, 3}


def test_edit_that_takes_everything_off_leaves_nothing(shop):
    tell = shop("shopify")
    tell(*CREATED)
    tell(
        "orders/edited",
        shopify_edit(1, "2026-10-02T10:00:00Z", removals=[(81061, 2), (9, 1)]),
    )
    assert left() == 0


@pytest.mark.parametrize("order", ORDERINGS)
def test_the_orders_own_update_holds_the_edits_before_it(shop, order):
    tell = shop("shopify")
    line = shopify_order()["line_items"][0] | {"current_quantity": 1}
    new = line | {"id": 5, "product_id": 7, "quantity": 1, "price": "5.00"}
    update = shopify_order(updated_at="2026-10-02T10:00:00Z", line_items=[line, new])
    edit = shopify_edit(
        1, "2026-10-02T10:00:00Z", removals=[(81061, 1)], additions=[(5, 1)]
    )
    told = [CREATED, ("orders/edited", edit), ("orders/updated", update)]
    for n in order:
        tell(*told[n])
    assert left() == 35


@pytest.mark.parametrize("order", ORDERINGS)
def test_what_an_edit_takes_off_and_a_refund_gives_back_at_once_is_one(shop, order):
    tell = shop("shopify")
    refund = BY_LINE | {"created_at": "2026-10-02T10:00:03Z"}
    refund.pop("processed_at", None)
    told = [CREATED, FEWER, ("refunds/create", refund)]
    for n in order:
        tell(*told[n])
    assert left() == 30


def test_edit_of_no_line_is_ignored_with_its_reason(shop):
    answer = shop("shopify")("orders/edited", shopify_edit(1, "2026-10-02T10:00:00Z"))
    assert "no line" in json.dumps(answer)


def test_quantity_that_a_refund_took_off_is_not_taken_off_twice(shop):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    line = shopify_order()["line_items"][0] | {"current_quantity": 1}
    tell("orders/updated", shopify_order(line_items=[line], refunds=[BY_LINE]))
    assert left() == 30


def test_refunded_as_a_whole_leaves_nothing_whatever_the_refunds_say(shop):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    tell(
        "orders/updated", shopify_order(financial_status="refunded", refunds=[BY_LINE])
    )
    assert (left(), status()) == (0, "refunded")


def test_lower_price_after_the_order_gives_money_back(shop):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    line = shopify_order()["line_items"][0] | {
        "discount_allocations": [{"amount": "6.00"}]
    }
    later = shopify_order(updated_at="2026-10-02T10:00:00Z", line_items=[line])
    tell("orders/updated", later)
    tell("orders/updated", later)
    assert left() == 54
    assert Event.objects.filter(type="purchase").count() == 1


def test_deleted_order_of_either_shop_leaves_nothing(shop):
    tell = shop("shopify")
    tell("orders/create", shopify_order())
    tell("orders/delete", {"id": 8106})
    tell = shop("woocommerce")
    tell("order.created", woo_order())
    tell("order.deleted", {"id": 9201})
    assert left() == 0
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    tell("order.restored", woo_order(date_modified_gmt="2099-01-01T00:00:00"))
    assert left() == 50, "restored from the bin"


def test_woocommerce_refund_of_an_amount_leaves_the_rest(shop):
    tell = shop("woocommerce")
    tell("order.created", woo_order())
    refunds = [{"id": 777, "reason": "stale", "total": "-25.00"}]
    later = woo_order(
        status="completed", date_modified_gmt="2026-10-05T10:00:00", refunds=refunds
    )
    for _ in range(2):
        tell("order.updated", later)
    assert (left(), status()) == (25, "part_refunded")
    more = [*refunds, {"id": 778, "total": "-5.00"}]
    tell(
        "order.updated",
        later | {"refunds": more, "date_modified_gmt": "2026-10-06T10:00:00"},
    )
    assert left() == 20
    tell(
        "order.updated",
        later | {"status": "refunded", "date_modified_gmt": "2026-10-07T10:00:00"},
    )
    assert (left(), status()) == (0, "refunded")


@pytest.mark.parametrize(
    ("end", "status"), [("cancelled", "cancelled"), ("failed", "voided")]
)
def test_woocommerce_order_that_ends_after_it_was_paid(shop, end, status):
    tell = shop("woocommerce")
    tell("order.created", woo_order())
    tell(
        "order.updated", woo_order(status=end, date_modified_gmt="2026-10-03T10:00:00")
    )
    tell("order.updated", woo_order())
    assert left() == 0
    assert Order.objects.get().status == status
    assert (
        Event.objects.get(type="return").at.isoformat() == "2026-10-03T10:00:00+00:00"
    )


@pytest.mark.parametrize(
    "unpaid", ["pending", "on-hold", "failed", "checkout-draft", "cancelled"]
)
def test_woocommerce_order_that_nobody_paid_brings_nothing_until_paid(shop, unpaid):
    tell = shop("woocommerce")
    tell("order.created", woo_order(status=unpaid))
    assert not Event.objects.exists()
    tell("order.updated", woo_order(date_modified_gmt="2026-10-03T10:00:00"))
    assert left() == 50


def test_refund_holds_tax_that_revenue_does_not(shop):
    tell = shop("woocommerce")
    line = woo_order()["line_items"][0] | {"total_tax": "9.50"}
    refunds = [{"id": 1, "total": "-29.75"}]
    tell("order.created", woo_order(total="59.50", line_items=[line], refunds=refunds))
    assert left() == 25


def test_shopify_1001_and_woocommerce_1001_are_two_orders(shop):
    shop("shopify")("orders/create", shopify_order(id=1001))
    shop("woocommerce")("order.created", woo_order(id=1001))
    assert left() == 110
    assert Order.objects.count() == 2


def test_guest_whose_phone_is_no_phone_keeps_the_order(shop):
    tell = shop("woocommerce")
    billing = woo_order()["billing"] | {"phone": "ring at the neighbours"}
    tell("order.created", woo_order(billing=billing))
    assert left() == 50
    assert Event.objects.get().customer.external_id.endswith("guest9201@post.example")


def test_items_come_back_with_their_money(shop):
    tell = shop("shopify")
    lines = [
        {"id": 1, "product_id": 1, "quantity": 3, "price": "10.00"},
        {"id": 2, "product_id": 2, "quantity": 1, "price": "7.77"},
    ]
    tell("orders/create", shopify_order(line_items=lines, refunds=[AMOUNT]))
    tell(
        "orders/cancelled",
        shopify_order(line_items=lines, refunds=[AMOUNT], **CANCELLED),
    )
    assert left() == Decimal(0)
    back = Event.objects.filter(type="return", item_id="1").values_list(
        "quantity", flat=True
    )
    assert sum(back) == -3


@pytest.mark.parametrize("said", [{"total": "-25.00"}, {"id": 7, "amount": "25.00"}])
def test_refund_that_is_told_otherwise(shop, said):
    tell = shop("woocommerce")
    for _ in range(2):
        tell("order.updated", woo_order(refunds=[said]))
    assert left() == 25


def test_refund_that_names_a_line_twice_gives_back_what_there_is(shop):
    lines = BY_LINE["refund_line_items"] * 3
    shop("shopify")(
        "orders/create", shopify_order(refunds=[BY_LINE | {"refund_line_items": lines}])
    )
    assert left() == 0
    assert (
        sum(Event.objects.filter(type="return").values_list("quantity", flat=True))
        == -2
    )


def test_lines_of_one_name_are_all_counted(shop):
    line = shopify_order()["line_items"][0]
    for _ in range(2):
        shop_order = shopify_order(line_items=[line, line | {"quantity": 1}])
    shop("shopify")("orders/create", shop_order)
    assert left() == 90


def test_order_that_names_nobody_waits_in_the_quarantine(shop):
    nobody = shopify_order(customer=None, email="")
    answer = shop("shopify")("orders/create", nobody)
    assert answer["failed"][0]["field"] == "userId"
    assert QuarantinedRow.objects.count() == 1
    assert not Order.objects.exists()


def test_checkout_that_names_nobody_yet_is_left(shop):
    said = {"token": "t", "created_at": "2026-10-01T12:00:00Z", "line_items": []}
    assert (
        shop("shopify")("checkouts/create", said)["ignored"]
        == "the checkout names nobody yet"
    )
    assert not QuarantinedRow.objects.exists()


DENY = {
    "price": "9.00",
    "inventory_quantity": 0,
    "inventory_policy": "deny",
    "inventory_management": "shopify",
}


@pytest.mark.parametrize(
    ("variants", "is_on_sale"),
    [
        ([DENY], False),
        ([DENY, DENY | {"inventory_quantity": -2}], False),
        ([DENY, DENY | {"inventory_quantity": 1}], True),
        ([DENY | {"inventory_policy": "continue"}], True),
        ([DENY | {"inventory_management": None}], True),
        ([{k: v for k, v in DENY.items() if k != "inventory_management"}], False),
        ([{"price": "9.00"}], True),
        ([], True),
    ],
)
def test_shopify_product_is_sold_out_when_every_counted_variant_is(
    shop, variants, is_on_sale
):
    tell = shop("shopify")
    product = {"id": 501, "title": "Mug", "status": "active", "variants": variants}
    tell("products/update", product)
    assert Item.objects.get().available is is_on_sale
    tell("products/update", product | {"variants": [DENY | {"inventory_quantity": 5}]})
    assert Item.objects.get().available, "back again"
    tell("products/update", product | {"status": "draft"})
    assert not Item.objects.get().available
