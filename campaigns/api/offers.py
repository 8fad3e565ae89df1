"""What a customer is offered, and why."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from campaigns.models import Coupon, Message
from campaigns.offers.points.lots import customers_of_person
from profiles.api.customers import find
from profiles.api.keys import Scope, bearer
from profiles.api.requests import path_text
from retention_site.lib.clock import now

router = Router(tags=["Coupons"])
MOST = 100


class OfferOut(Schema):
    code: str
    kind: str = Field(description="amount, percent, free_delivery, gift or points.")
    value: float = Field(description="What it takes off, or costs, at most.")
    percent: float | None
    gift_item: str
    points: int | None
    currency: str
    minimum_spend: float
    starts_at: datetime | None
    expires_at: datetime
    campaign: str = Field(description="Empty: of no campaign.")
    why: str = Field(description="Why this customer got it, in one sentence.")


@router.get(
    "/customers/{customer_id}/offers",
    auth=bearer(Scope.READ),
    summary="What a customer can use now, and why she got it",
    response=list[OfferOut],
)
def offers(request: HttpRequest, customer_id: str) -> list[dict[str, Any]]:
    people = customers_of_person(find(path_text(customer_id)))
    usable = Coupon.objects.filter(
        customer__in=people, redeemed_at=None, closed_at=None, expires_at__gt=now()
    )
    found = list(
        usable.select_related("pool__campaign").order_by("expires_at", "pk")[:MOST]
    )
    keys = [coupon.grant_key for coupon in found]
    messages = Message.objects.filter(dedupe_key__in=keys).select_related("campaign")
    by_key = {message.dedupe_key: message for message in messages}
    return [_said(coupon, by_key.get(coupon.grant_key)) for coupon in found]


def _said(coupon: Coupon, message: Message | None) -> dict[str, Any]:
    pool = coupon.pool
    campaign = message.campaign if message else pool.campaign
    return {
        "code": coupon.said_code,
        "kind": pool.kind,
        "value": coupon.value,
        "percent": pool.percent,
        "gift_item": pool.gift_item,
        "points": pool.points,
        "currency": pool.currency,
        "minimum_spend": max(coupon.minimum_spend, pool.minimum_spend),
        "starts_at": pool.starts_at,
        "expires_at": coupon.expires_at,
        "campaign": campaign.name if campaign else "",
        "why": message.why if message else "",
    }
