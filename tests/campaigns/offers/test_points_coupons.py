"""A coupon of points that was given back takes its points back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.offers import coupon_reconcile
from campaigns.offers.coupons import Grant, issue
from campaigns.offers.points import statements
from campaigns.offers.redemption import give_back, redeem
from tests.factories import make_coupon_pool, make_customer

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 5, 1, tzinfo=UTC)


def test_a_refund_takes_its_share_of_the_points_and_a_whole_one_all():
    ann = make_customer(external_id="ann")
    pool = make_coupon_pool("p", kind="points", points=301, value=Decimal(4))
    code = issue(pool, [Grant("g", ann.pk, Decimal(4))], at=NOW).coupons["g"].code

    def has():
        assert not coupon_reconcile.differences()
        assert not statements.differences()
        return statements.balance(ann, NOW + timedelta(hours=1))

    redeem(code, order_id="o1", order_value=Decimal(50), at=NOW)
    assert has() == 301
    for _again in range(2):
        give_back(code, order_id="o1", at=NOW, amount=Decimal(1), key="r1")
        assert has() == 301 - 75
    give_back(code, order_id="o1", at=NOW, key="r2")
    assert has() == 0
    redeem(code, order_id="o2", order_value=Decimal(50), at=NOW)
    assert has() == 301
