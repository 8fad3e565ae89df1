"""The last order that a message names holds what was kept."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from profiles.history.kept_lines import less_returns

AT = datetime(2024, 6, 1, tzinfo=UTC)


def row(item, order, quantity=1, hours=0, price="10", source="shop"):
    return {
        "item_id": item,
        "source": source,
        "order_id": order,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "currency": "GBP",
        "at": AT + timedelta(hours=hours),
    }


def left(bought, returned):
    return [
        (one["item_id"], one["order_id"], int(one["quantity"]))
        for one in less_returns(bought, returned)
    ]


def test_an_item_comes_off_its_own_order():
    bought = [row("tea", "2", 3, hours=2), row("tea", "1", 2)]
    assert left(bought, [row("tea", "1", -2, hours=5)]) == [("tea", "2", 3)]


def test_under_another_number_it_comes_off_the_latest_earlier_purchase():
    bought = [row("tea", "3", hours=9), row("tea", "2", hours=2), row("tea", "1")]
    assert left(bought, [row("tea", "C9", -1, hours=5)]) == [
        ("tea", "3", 1),
        ("tea", "1", 1),
    ]


def test_the_same_number_of_another_source_is_another_order():
    bought = [row("tea", "1001", hours=1, source="till"), row("tea", "1001")]
    kept = less_returns(bought, [row("tea", "1001", -1, hours=2)])
    assert [one["source"] for one in kept] == ["till"]


def test_money_that_came_back_cancels_an_order_once_it_is_all_of_it():
    bought = [
        row("tea", "2", 2, hours=2),
        row("cup", "2", hours=2, price="5"),
        row("tea", "1"),
    ]
    part, rest = (
        row(None, "2", -1, hours=3, price="20"),
        row(None, "2", -1, hours=4, price="5"),
    )
    assert len(left(bought, [part])) == 3
    assert left(bought, [rest, part]) == [("tea", "1", 1)]
