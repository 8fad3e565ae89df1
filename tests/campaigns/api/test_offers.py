"""What a customer can use now is told with its reason."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Message
from campaigns.offers.coupons import Grant, issue
from campaigns.offers.redemption import redeem
from retention_site.lib.clock import now
from tests.factories import make_coupon_pool, make_customer
from tests.small_shop import small_shop

pytestmark = pytest.mark.django_db


def test_open_coupons_are_told_and_used_and_expired_ones_not(caller):
    customer = make_customer(external_id="c1")
    pool = make_coupon_pool(kind="percent", percent=20)
    grants = [Grant(key, customer.pk, Decimal(5)) for key in ("a", "b")]
    made = issue(pool, grants, at=now()).coupons
    issue(pool, [Grant("c", customer.pk, Decimal(5))], at=now() - timedelta(40))
    redeem(made["b"].code, order_id="o", order_value=Decimal(9), at=now())
    told = caller("read").get("/v1/customers/c1/offers").json()
    assert [(one["code"], one["kind"], one["percent"]) for one in told] == [
        (made["a"].code, "percent", 20.0)
    ]
    assert caller("read").get("/v1/customers/nobody/offers").status_code == 404
    assert caller("till").get("/v1/customers/c1/offers").status_code == 403


def test_the_reason_is_the_messages_and_many_ask_no_more_often(caller):
    shop = small_shop()
    message = Message.objects.filter(campaign=shop.campaign).first()
    Message.objects.filter(pk=message.pk).update(why="usually comes every 9 days")
    pool = make_coupon_pool(campaign=shop.campaign)
    who = message.customer
    grants = [Grant(message.dedupe_key, who.pk, Decimal(5))]
    issue(pool, grants, at=now())
    address = f"/v1/customers/{who.external_id}/offers"
    read = caller("read")
    with CaptureQueriesContext(connection) as few:
        told = read.get(address).json()
    assert "usually comes every 9 days" in {one["why"] for one in told}
    more = [Grant(f"more{n}", who.pk, Decimal(1)) for n in range(9)]
    issue(pool, more, at=now())
    with CaptureQueriesContext(connection) as many:
        assert len(read.get(address).json()) == len(told) + 9
    assert len(many) <= len(few)
