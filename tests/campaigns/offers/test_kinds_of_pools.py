"""Pools of every kind: what their coupons take off, from whom, and never over."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.pool_terms import read_terms
from campaigns.models import Coupon, CouponPool
from campaigns.offers import coupon_reconcile, pools, shared_codes
from campaigns.offers.coupons import HAS_HERS, OVER, Grant, expire, issue, make_codes
from campaigns.offers.pools import PoolError
from campaigns.offers.redemption import check, give_back, redeem, release, reserve
from campaigns.offers.till_rules import Line, NotRedeemable, Order
from profiles.models import Item
from profiles.models import Order as ShopOrder
from tests.factories import make_campaign, make_coupon_pool, make_customer

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 5, 1, tzinfo=UTC)
GIVEN = {"name": "p", "cap": 3, "budget": 30, "currency": "USD", "value": 10}


def terms(**facts):
    return Section(GIVEN | facts).through(lambda section: read_terms(section, "USD"))


def one_code(**facts) -> str:
    pool = pools.save(terms(**facts))
    return make_codes(pool, 1, at=NOW)[0].code


def used(code, order_id="o1", value=50, **facts):
    order = Order(order_id, Decimal(value), **facts)
    return redeem(code, order_id=order_id, order_value=order.value, at=NOW, order=order)


def agrees() -> CouponPool:
    assert not coupon_reconcile.differences()
    return CouponPool.objects.get()


@pytest.mark.parametrize(
    ("facts", "order", "off", "cost"),
    [
        ({}, {}, 10, 10),
        ({"kind": "percent", "percent": 15}, {}, Decimal("7.50"), Decimal("7.50")),
        ({"kind": "percent", "percent": 90}, {}, 10, 10),
        ({"kind": "free_delivery"}, {"delivery": Decimal(4)}, 4, 4),
        ({"kind": "gift", "gift_item": "mug"}, {}, 0, 10),
    ],
)
def test_each_kind_takes_off_what_it_says_and_costs_what_it_costs(
    facts, order, off, cost
):
    Item.objects.create(external_id="mug")
    done = used(one_code(**facts), **order)
    assert done.value == off
    assert agrees().spent == cost
    give_back(done.code, order_id="o1", at=NOW)
    assert agrees().spent == 0


def test_points_go_to_the_customer_who_ordered():
    from campaigns.offers.points.statements import balance

    customer = make_customer()
    code = one_code(kind="points", points=300)
    with pytest.raises(NotRedeemable, match="known customer"):
        used(code)
    used(code, customer=customer.pk)
    assert balance(customer, datetime(2030, 1, 1, tzinfo=UTC)) == 300


def test_items_and_categories_take_off_their_own_lines_only():
    Item.objects.create(external_id="a", category="Food > Tea")
    Item.objects.create(external_id="b", category="Foodstuff")
    code = one_code(kind="percent", percent=50, categories=["Food"])
    tea, other = Line("a", Decimal(6), Decimal(2)), Line("b", Decimal(40))
    with pytest.raises(NotRedeemable, match="send the lines"):
        used(code)
    with pytest.raises(NotRedeemable, match="Food only"):
        used(code, lines=(other,))
    assert used(code, lines=(tea, other)).value == 6


def test_a_first_order_is_the_first():
    old, new = make_customer(), make_customer()
    ShopOrder.objects.create(source="s", order_id="x", customer=old, status="paid")
    code = one_code(first_order=True)
    for customer, reason in ((old.pk, "first order only"), (None, "known customer")):
        with pytest.raises(NotRedeemable, match=reason):
            used(code, customer=customer)
    assert used(code, customer=new.pk).value == 10


@pytest.mark.parametrize(
    ("facts", "order", "code"),
    [
        ({"starts": "2024-06-01"}, {}, "not_yet"),
        ({}, {"currency": "EUR"}, "currency"),
        ({"minimum_spend": 60}, {}, "minimum_spend"),
    ],
)
def test_what_the_pool_asks_for_is_said(facts, order, code):
    with pytest.raises(NotRedeemable) as refused:
        used(one_code(**facts), **order)
    assert refused.value.code == code


def test_a_shared_code_moves_its_money_when_it_is_reserved():
    pools.save(terms(codes="shared", code="May 24!", ends="2024-06-01", cap=2))
    order = Order("o1", Decimal(50))
    for typed in ("may24", "ＭＡＹ 24"):
        assert reserve(typed, order, at=NOW).said_code == "May 24!"
        assert (agrees().n_issued, agrees().committed) == (1, 10)
    assert used("MAY24", "o2").value == 10
    with pytest.raises(NotRedeemable, match="used up"):
        used("MAY24", "o3")
    release("MAY24", order_id="o1", at=NOW)
    assert (agrees().n_issued, agrees().committed, agrees().spent) == (1, 10, 10)
    assert used("MAY24", "o3").value == 10
    give_back("MAY24", order_id="o3", at=NOW)
    assert (agrees().n_issued, agrees().spent) == (1, 10)
    with pytest.raises(NotRedeemable, match="refunded"):
        used("MAY24", "o3")


def test_a_till_that_died_gives_a_shared_code_back():
    pools.save(terms(codes="shared", code="MAY", ends="2024-06-01", cap=1))
    reserve("MAY", Order("o1"), at=NOW)
    later = NOW + timedelta(minutes=20)
    assert reserve("MAY", Order("o2"), at=later).held_order_id == "o2"
    assert shared_codes.let_go_late(at=NOW + timedelta(hours=1)) == 1
    assert (agrees().n_issued, agrees().committed) == (0, 0)


def test_a_refund_that_comes_before_a_shared_code_is_redeemed_is_kept():
    pools.save(terms(codes="shared", code="MAY", ends="2024-06-01"))
    give_back("MAY", order_id="o1", at=NOW)
    with pytest.raises(NotRedeemable, match="refunded"):
        used("MAY", "o1")
    assert agrees().n_issued == 0


def test_a_customer_uses_a_shared_code_as_often_as_it_says():
    customer = make_customer()
    pools.save(terms(codes="shared", code="MAY", ends="2024-06-01", per_customer=1))
    used("MAY", "o1", customer=customer.pk)
    with pytest.raises(NotRedeemable, match="may use 1"):
        used("MAY", "o2", customer=customer.pk)
    assert agrees().n_issued == 1


def test_a_customer_is_given_as_many_as_the_pool_says():
    customer = make_customer()
    pool = pools.save(terms(per_customer=1))
    grants = [Grant(key, customer.pk, Decimal(10)) for key in ("a", "b")]
    assert issue(pool, grants, at=NOW).refused == {"b": HAS_HERS}
    assert issue(pool, grants[:1], at=NOW).coupons["a"].grant_key == "a"


def test_a_stopped_pool_gives_nothing_and_what_is_out_stays_valid():
    code = one_code()
    pool = CouponPool.objects.get()
    pools.stop(pool)
    pool.refresh_from_db()
    assert issue(pool, [Grant("a", None, Decimal(1))], at=NOW).refused == {"a": OVER}
    assert used(code).value == 10
    pools.start_again(pool)


def test_the_money_of_codes_that_expired_is_the_pools_again():
    code = one_code()
    pool = agrees()
    assert pool.committed == 10
    later = NOW + timedelta(days=29)
    assert expire(at=later) == 1
    assert (agrees().committed, agrees().n_issued) == (0, 1)
    with pytest.raises(NotRedeemable, match="valid until"):
        check(code, order_value=None, at=NOW)  # the clock went back
    assert coupon_reconcile.totals()[0].expired == 1
    assert expire(at=later) == 0


def test_of_a_pool_of_its_own_several_campaigns_give_and_none_changes_it():
    own = pools.save(terms())
    for name in ("one", "two"):
        assert pools.settle(terms(), make_campaign(name)) == own
    with pytest.raises(PoolError, match="kept on its own page"):
        pools.settle(terms(cap=9), make_campaign("three"))


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"value": -1}, "value"),
        ({"cap": 0}, "cap"),
        ({"budget": 5}, "budget"),
        ({"currency": "XYZ"}, "currency"),
        ({"kind": "percent", "percent": 120}, "percent"),
        ({"percent": 5}, "percent"),
        ({"kind": "gift"}, "gift_item"),
        ({"codes": "shared", "ends": "2024-06-01"}, "code"),
        ({"codes": "shared", "code": "x y z"}, "ends"),
        ({"starts": "2024-06-01", "ends": "2024-05-01"}, "ends"),
        ({"per_customer": 0}, "per_customer"),
        ({"capp": 5}, "capp"),
    ],
)
def test_what_cant_be_is_one_sentence_that_names_its_key(facts, key):
    with pytest.raises(BadCampaign) as refused:
        terms(**facts)
    assert str(refused.value).startswith(f"{key}:")


def test_two_pools_never_have_one_code():
    pools.save(terms(codes="shared", code="MAY 24", ends="2024-06-01"))
    with pytest.raises(PoolError, match="'p' has"):
        pools.save(terms(name="q", codes="shared", code="may-24", ends="2024-06-01"))
    Coupon.objects.create(
        pool=make_coupon_pool(),
        code="JUNE",
        value=1,
        grant_key="x",
        issued_at=NOW,
        expires_at=NOW,
    )
    with pytest.raises(PoolError, match="customer's coupon"):
        pools.save(terms(name="q", codes="shared", code="june", ends="2024-06-01"))


def test_a_budget_is_not_lowered_below_what_is_out():
    make_codes(pools.save(terms()), 2, at=NOW)
    with pytest.raises(PoolError, match="out already"):
        pools.save(terms(budget=15))
    with pytest.raises(PoolError, match="out as they are"):
        pools.save(terms(value=5))
    with pytest.raises(PoolError, match="none was made"):
        make_codes(CouponPool.objects.get(), 2, at=NOW)
    assert agrees().n_issued == 2
