"""Codes that another system made come in by a file and are given out."""

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.models import CouponPool
from campaigns.offers import coupon_imports, coupon_reconcile, pools
from campaigns.offers.coupons import NO_COUPONS, Grant, issue
from campaigns.offers.redemption import redeem
from profiles.intake.imports import load
from retention_site.lib.clock import now
from tests.campaigns.offers.test_kinds_of_pools import terms
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def brought(tmp_path, *rows: str) -> dict:
    file = tmp_path / "coupons.csv"
    file.write_text("pool,code,value,expires_at\n" + "\n".join(rows) + "\n")
    return load("coupons", file)


def test_a_file_makes_its_pool_and_brought_again_changes_nothing(tmp_path):
    rows = ("flyer,Hello-24,5,2999-01-01", "flyer,hello24,5,", "flyer,BYE-24,7.50,")
    assert brought(tmp_path, *rows)["stored"] == 2
    assert brought(tmp_path, *rows)["stored"] == 0
    pool = CouponPool.objects.get()
    assert (pool.n_issued, pool.cap, pool.committed) == (2, 2, Decimal("12.50"))
    assert pools.in_stock(pool) == 2
    assert not coupon_reconcile.differences()


def test_each_code_goes_to_one_customer_as_its_file_wrote_it(tmp_path):
    brought(tmp_path, "flyer,Hello-24,5,")
    pool, customer = CouponPool.objects.get(), make_customer()
    grants = [Grant(key, customer.pk, Decimal(1)) for key in ("a", "b")]
    issued = issue(pool, grants, at=now())
    assert issued.coupons["a"].said_code == "Hello-24"
    assert issued.refused == {"b": NO_COUPONS}
    again = issue(pool, grants[:1], at=now() + timedelta(1))
    assert again.coupons["a"].said_code == "Hello-24"
    done = redeem("HELLO 24", order_id="o", order_value=Decimal(9), at=now())
    assert (done.code, done.value) == ("Hello-24", 5)
    assert not coupon_reconcile.differences()


def test_what_the_pool_has_no_room_for_is_refused_with_its_reason(tmp_path):
    pools.save(terms(codes="imported"))
    pools.save(terms(name="made"))
    pools.save(terms(name="all", codes="shared", code="MAY", ends="2999-01-01"))
    done = brought(
        tmp_path,
        *(f"p,CODE-{n},," for n in range(4)),
        "p,BIG,11,",
        "made,X-1,5,",
        "new,X-2,,",
        "new,---,5,",
        "new,may,5,",
        "q,CODE-1,5,",
        "new,X-3,abc,",
    )
    assert done["stored"] == 3
    assert done["reasons"] == {
        coupon_imports.NO_ROOM: 1,
        coupon_imports.TOO_LARGE: 1,
        coupon_imports.NOT_FROM_FILES: 1,
        coupon_imports.NO_VALUE: 1,
        coupon_imports.NO_CODE: 1,
        coupon_imports.TAKEN: 2,
        "not a number": 1,
    }
    assert not coupon_reconcile.differences()
