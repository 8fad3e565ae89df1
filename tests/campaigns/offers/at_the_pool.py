"""One process at a coupon pool: `python -m tests.campaigns.offers.at_the_pool
issue|redeem|live POOL WHO HOW_MANY`.

It waits for a line on stdin, so that all processes start together, then prints one JSON
line of what it got.
"""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import django

django.setup()

from campaigns.models import Coupon, CouponPool  # noqa: E402
from campaigns.offers.coupons import Grant, issue  # noqa: E402
from campaigns.offers.redemption import (  # noqa: E402
    NotRedeemable,
    Order,
    give_back,
    redeem,
    reserve,
)

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def issuing(pool: CouponPool, who: str, n: int) -> list[str]:
    """Ask for coupons one by one; half of the grants are asked for by every process."""
    got = []
    for i in range(n):
        name = f"shared-{i}" if i % 2 else f"{who}-{i}"
        answer = issue(pool, [Grant(name, None, Decimal("1.00"))], at=NOW)
        got += [coupon.code for coupon in answer.coupons.values()]
    return got


def redeeming(pool: CouponPool, who: str, n: int) -> list[str]:
    """Try every code of the pool for an order of one's own."""
    got = []
    for code in (
        Coupon.objects.filter(pool=pool)
        .order_by("pk")
        .values_list("code", flat=True)[:n]
    ):
        try:
            redeem(code, order_id=f"{who}-{code}", order_value=Decimal(20), at=NOW)
            got.append(code)
        except NotRedeemable:
            continue
    return got


def living(pool: CouponPool, who: str, n: int) -> list[str]:
    """Reserve, redeem and give back codes without end: somebody kills this process."""
    codes = list(
        Coupon.objects.filter(pool=pool).order_by("pk").values_list("code", flat=True)
    )
    for i in range(1_000_000):
        code, order = codes[i % len(codes)], f"{who}-{i}"
        for step in (
            lambda: issue(pool, [Grant(f"{who}-{i}", None, Decimal(1))], at=NOW),  # noqa: B023
            lambda: reserve(code, Order(order), at=NOW),  # noqa: B023
            lambda: redeem(code, order_id=order, order_value=Decimal(20), at=NOW),  # noqa: B023
            lambda: give_back(code, order_id=order, at=NOW, amount=Decimal("0.4")),  # noqa: B023
            lambda: give_back(code, order_id=order, at=NOW),  # noqa: B023
        ):
            with suppress(NotRedeemable):
                step()
    return []


if __name__ == "__main__":
    verb, pool_name, who, n = sys.argv[1:]
    pool = CouponPool.objects.get(name=pool_name)
    print("ready", flush=True)
    sys.stdin.readline()
    print(
        json.dumps(
            {"issue": issuing, "redeem": redeeming, "live": living}[verb](
                pool, who, int(n)
            )
        ),
        flush=True,
    )
