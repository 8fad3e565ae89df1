"""A coupon at the till: reserved, released, redeemed, given back, used again."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.models import Coupon, CouponEntry, CouponPool
from campaigns.offers import coupon_reconcile, order_returns
from campaigns.offers.coupons import Grant, issue
from campaigns.offers.redemption import (
    NOT_USABLE,
    NotRedeemable,
    Order,
    check,
    give_back,
    let_go,
    redeem,
    release,
    reserve,
)
from profiles.models import Event
from profiles.models import Order as ShopOrder
from tests.factories import make_coupon_pool, make_customer

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)


@pytest.fixture
def customer():
    return make_customer(external_id="c1")


@pytest.fixture
def code(customer):
    pool = make_coupon_pool("p", valid_days=10)
    grant = Grant("g", customer.pk, Decimal(9))
    return issue(pool, [grant], at=NOW).coupons["g"].code


def used(code, order_id="o1", value=Decimal(30), at=NOW):
    return redeem(code, order_id=order_id, order_value=value, at=at)


def spent():
    assert not coupon_reconcile.differences()
    return CouponPool.objects.get().spent


def test_a_reserved_code_is_its_orders_own_until_the_time_is_out(code):
    reserve(code, Order("o1", Decimal(30)), at=NOW)
    with pytest.raises(NotRedeemable, match=NOT_USABLE):
        used(code, "o2")
    with pytest.raises(NotRedeemable, match=NOT_USABLE):
        reserve(code, Order("o2"), at=NOW)
    # the till of o1 died
    assert used(code, "o2", at=LATER).order_id == "o2"
    with pytest.raises(NotRedeemable, match=NOT_USABLE):
        used(code, "o1", at=LATER)
    assert spent() == 9


def test_reserved_again_the_time_begins_anew_and_nothing_is_told_twice(code):
    for at in (NOW, NOW + timedelta(minutes=10)):
        reserve(code, Order("o1"), at=at)
    with pytest.raises(NotRedeemable):
        used(code, "o2", at=LATER)
    assert CouponEntry.objects.filter(kind="reserved").count() == 1


def test_a_clock_that_goes_back_takes_no_reservation_away(code):
    reserve(code, Order("o1"), at=NOW)
    with pytest.raises(NotRedeemable):
        used(code, "o2", at=NOW - timedelta(hours=1))
    assert used(code, "o1", at=NOW - timedelta(hours=1)).value == 9


def test_a_released_code_is_anybodys_again_and_released_twice_it_is_released_once(code):
    reserve(code, Order("o1"), at=NOW)
    for _again in range(2):
        release(code, order_id="o1", at=NOW)
    assert used(code, "o2").value == 9
    assert CouponEntry.objects.filter(kind="released").count() == 1


def test_who_never_had_a_code_can_t_release_it(code):
    reserve(code, Order("o1"), at=NOW)
    for asked in (code, "AAAA-BBBB-CCCC"):
        with pytest.raises(NotRedeemable, match=NOT_USABLE):
            let_go(asked, order_id="o2", at=NOW)
    assert Coupon.objects.get().held_order_id == "o1"


def test_a_refund_gives_back_in_parts_to_the_cent_and_then_the_code(code, customer):
    used(code)
    assert give_back(code, order_id="o1", at=NOW, amount=Decimal("2.50"), key="r1")
    assert give_back(code, order_id="o1", at=NOW, amount=Decimal("2.50"), key="r1")
    assert spent() == Decimal("6.50")
    with pytest.raises(NotRedeemable):
        used(code, "o2")
    assert give_back(code, order_id="o1", at=NOW) == Decimal("6.50")
    assert spent() == 0
    assert used(code, "o2", at=LATER).value == 9
    assert spent() == 9
    # each use and each return is an event of its own
    events = Event.objects.filter(customer=customer).order_by("pk")
    assert list(events.values_list("type", "order_id", "discount")) == [
        ("coupon_issued", None, None),
        ("coupon_redeemed", "o1", 9),
        ("coupon_returned", "o1", Decimal("2.5")),
        ("coupon_returned", "o1", Decimal("6.5")),
        ("coupon_redeemed", "o2", 9),
    ]


def test_a_refunded_order_can_t_use_the_code_again(code):
    used(code)
    give_back(code, order_id="o1", at=NOW)
    with pytest.raises(NotRedeemable, match="was refunded"):
        used(code, "o1")
    assert spent() == 0


def test_a_refund_that_comes_first_stops_the_redemption_that_comes_late(code):
    reserve(code, Order("o1"), at=NOW)
    assert give_back(code, order_id="o1", at=NOW) == 0
    with pytest.raises(NotRedeemable, match="was refunded"):
        used(code, "o1")
    assert used(code, "o2").value == 9


def test_no_more_is_given_back_than_was_taken_off(code):
    used(code, value=Decimal(4))
    assert give_back(code, order_id="o1", at=NOW, amount=Decimal(100)) == 4
    assert give_back(code, order_id="o1", at=NOW) == 0
    assert spent() == 0


def test_a_reserved_code_keeps_other_coupons_off_the_order(code):
    other = make_coupon_pool("other")
    grant = Grant("h", None, Decimal(1))
    second = issue(other, [grant], at=NOW).coupons["h"].code
    reserve(code, Order("o1"), at=NOW)
    with pytest.raises(NotRedeemable) as refusal:
        redeem(second, order_id="o1", order_value=Decimal(30), at=NOW)
    assert refusal.value.code == "order_has_coupon"


@pytest.mark.parametrize("typed", ["lower", "spaces", "full width"])
def test_a_code_is_known_however_it_is_typed(code, typed):
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    written = {"lower": code.lower(), "spaces": " ".join(code), "full width": wide}
    found = check(f"　{written[typed]} ", order_value=None, at=NOW)
    assert found.code == code


def shop_order(customer, status, ledger=(), source="shop"):
    return ShopOrder.objects.create(
        source=source,
        order_id="o1",
        customer=customer,
        status=status,
        ledger=list(ledger),
    )


def follow():
    return order_returns.follow(at=LATER, since=NOW - timedelta(days=1))


@pytest.mark.parametrize("status", ["cancelled", "voided", "refunded"])
def test_an_order_that_ended_gives_its_coupon_back_once(code, customer, status):
    used(code)
    shop_order(customer, status)
    assert (follow(), follow()) == (1, 0)
    assert spent() == 0
    assert used(code, "o2", at=LATER).value == 9


def test_a_part_that_was_refunded_gives_its_part_back(code, customer):
    used(code)
    sold = ["1", "sale", "sku", "3", "10"]
    order = shop_order(
        customer, "part_refunded", [sold, ["1", "refund:7", "sku", "-1", "10"]]
    )
    assert (follow(), follow()) == (1, 0)
    assert spent() == 6
    order.ledger.append(["1", "refund:8", "sku", "-2", "10"])
    order.status = "refunded"
    order.save()
    assert (follow(), spent()) == (1, 0)


@pytest.mark.parametrize("status", ["placed", "paid", "pending"])
def test_an_order_that_stands_keeps_its_coupon(code, customer, status):
    used(code)
    shop_order(customer, status)
    assert (follow(), spent()) == (0, 9)


def test_of_two_shops_with_one_number_the_customers_own_order_counts(code, customer):
    used(code)
    shop_order(customer, "paid")
    shop_order(make_customer(), "cancelled", source="other shop")
    assert (follow(), spent()) == (0, 9)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_order_things_come_in_the_books_add_up(seed, customer):
    """Random steps of three orders at four codes; the counters agree after each."""
    chance = random.Random(seed)
    pool = make_coupon_pool("random", valid_days=10)
    grants = [Grant(f"g{at}", customer.pk, Decimal(at + 1)) for at in range(4)]
    codes = [one.code for one in issue(pool, grants, at=NOW).coupons.values()]
    for step in range(60):
        code, order = chance.choice(codes), f"o{chance.randrange(3)}"
        at = NOW + timedelta(minutes=step)
        amount = chance.choice([None, Decimal("0.75"), Decimal(50)])
        steps = [
            lambda: reserve(code, Order(order), at=at),  # noqa: B023
            lambda: used(code, order, Decimal("2.50"), at),  # noqa: B023
            lambda: let_go(code, order_id=order, at=at, amount=amount),  # noqa: B023
            lambda: give_back(code, order_id=order, at=at, amount=amount),  # noqa: B023
        ]
        try:
            chance.choice(steps)()
        except NotRedeemable:
            continue
        assert not coupon_reconcile.differences()
        assert 0 <= CouponPool.objects.get().spent <= pool.budget
