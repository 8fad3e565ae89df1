"""What each customer who is to be written to is offered: the arm's value policy asks,
the pool answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from campaigns.content.model import Arm, Content, Offer, WhenExhausted
from campaigns.content.value_policies import policy_of
from campaigns.models import Coupon, CouponPool
from campaigns.offers import coupons, shared_codes
from campaigns.offers.coupons import Grant
from campaigns.offers.policies.base import Worth
from campaigns.offers.till_rules import NotRedeemable, Order


@dataclass(frozen=True, slots=True)
class Offered:
    """A coupon and why it is worth that, or why there is none; ``is_hold`` says that
    nothing may be sent then.
    """

    coupon: Coupon | None = None
    reason: str = ""
    is_hold: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """One customer of an arm, before the pool is asked."""

    customer: int
    arm: Arm
    key: str  # of the message
    traits: Mapping[str, Any]


def offer(
    content: Content, wishes: Sequence[Wish], now: datetime
) -> dict[int, Offered]:
    """Issue coupons to all whose arm has an offer, in the order given; customers
    without one are left out.
    """
    if content.offer is None:
        return {}
    worths = _worths(content, wishes)
    wished = [
        wish
        for wish in wishes
        if wish.customer in worths and worths[wish.customer].value > 0
    ]
    grants = [
        Grant(wish.key, wish.customer, worths[wish.customer].value) for wish in wished
    ]
    if not grants:
        return {}
    pool = CouponPool.objects.get(name=content.offer.pool)
    if pool.is_shared:
        issued = _told(pool, grants, now)
    else:
        issued = coupons.issue(
            pool, grants, at=now, minimum_spend=Decimal(content.offer.minimum_spend)
        )
    return {
        wish.customer: _offered(content.offer, issued, wish.key, worths[wish.customer])
        for wish in wished
    }


def _told(pool: CouponPool, grants: Sequence[Grant], now: datetime) -> coupons.Issued:
    """Tell everybody the same code, as long as a till would take it."""
    try:
        one = shared_codes.open_to_all(pool, Order(""), now)
    except NotRedeemable as refusal:
        return coupons.Issued(
            refused={one.key: coupons.SAID[refusal.code] for one in grants}
        )
    return coupons.Issued(coupons={grant.key: one for grant in grants})


def _worths(content: Content, wishes: Sequence[Wish]) -> dict[int, Worth]:
    """Ask each arm's policy, built once, what its customers' coupons are worth."""
    policies = {
        arm.name: policy_of(content.value_policy_of(arm))
        for arm in content.arms
        if content.offer_of(arm)
    }
    return {
        wish.customer: policies[wish.arm.name].worth(wish.traits)
        for wish in wishes
        if wish.arm.name in policies
    }


def _offered(offer: Offer, issued: coupons.Issued, key: str, worth: Worth) -> Offered:
    if coupon := issued.coupons.get(key):
        return Offered(coupon, worth.reason)
    return Offered(
        None, issued.refused[key], is_hold=offer.when_exhausted == WhenExhausted.HOLD
    )
