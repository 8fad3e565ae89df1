"""Coupons at the till."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from campaigns.offers import redemption
from campaigns.offers.redemption import check, must_fit, redeem
from campaigns.offers.till_rules import Line, NotRedeemable, Order
from profiles.api.customers import find
from profiles.api.keys import Scope, bearer
from profiles.api.problems import Refusal
from retention_site.lib.clock import now
from retention_site.lib.wrong_tries import WrongTries

router = Router(tags=["Coupons"], auth=bearer(Scope.TILL))
# of one key in a minute: its shop's customers mistype less, and who guesses gets nowhere
MOST_WRONG_CODES = 120
wrong_codes = WrongTries("coupon codes", MOST_WRONG_CODES)
TOO_MANY = "Too many codes that can't be used came with this key; try again later."
# longer than looking a code up takes, locks and all
WRONG_ANSWER_SECONDS = 0.03
# everything else is in conflict with what stands in the ledger
STATUS = {"unknown": 404}
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Money = Annotated[Decimal, Field(ge=0, lt=10**12, max_digits=14, decimal_places=2)]


class LineIn(Schema):
    item_id: Words
    price: Money = Field(description="Of one piece, after its own discounts.")
    quantity: Annotated[Decimal, Field(gt=0, lt=10**6)] = Decimal(1)


class CouponIn(Schema):
    code: Words = Field(description="As the customer typed it.")
    order_value: Money | None = Field(None, description="Checks the minimum spend.")
    customer_id: Words | None = Field(
        None, description="Then the code must be this customer's own."
    )
    order_id: Words | None = Field(
        None, description="Checks that the order has no coupon that forbids another."
    )
    currency: Words | None = Field(
        None, description="Of the order; a coupon in another is refused."
    )
    delivery: Money | None = Field(
        None, description="What delivery costs: a coupon for it takes off no more."
    )
    items: list[LineIn] = Field(
        [], max_length=1000, description="For coupons of some items or categories."
    )


class RedemptionIn(CouponIn):
    order_id: Words = Field(
        description="Sent again, the same order gets the same answer."
    )
    order_value: Money


class ReservationIn(CouponIn):
    order_id: Words = Field(description="Nobody else can use the code meanwhile.")
    seconds: int = Field(
        redemption.HOLD_SECONDS, ge=1, le=86_400, description="Kept for so long."
    )


class ReleaseIn(Schema):
    code: Words
    order_id: Words
    amount: Money | None = Field(
        None, description="Of a redeemed code: a refund in part. Without it, all."
    )
    refund_id: Words | None = Field(
        None, description="The same refund told again changes nothing."
    )


class ReservationOut(Schema):
    code: str
    value: float
    currency: str
    order_id: str
    held_until: datetime | None


class ReleaseOut(Schema):
    code: str
    order_id: str
    released: bool = Field(description="A reservation ended.")
    returned: float = Field(description="What a redeemed code gave back.")
    currency: str


class CouponOut(Schema):
    code: str
    kind: str = Field(description="amount, percent, free_delivery, gift or points.")
    percent: float | None = None
    gift_item: str = ""
    points: int | None = None
    value: float = Field(description="What it takes off, or costs, at most.")
    currency: str
    minimum_spend: float
    expires_at: datetime
    stackable: bool = Field(description="An order may take it beside others that may.")


class RedemptionOut(Schema):
    code: str
    kind: str
    value: float = Field(description="What is taken off: at most the order's value.")
    currency: str
    gift_item: str = ""
    points: int | None = Field(None, description="Given to the customer.")
    order_id: str
    repeated: bool = Field(description="This order was told so before.")


@router.post(
    "/coupons/validate", summary="May this code be redeemed now?", response=CouponOut
)
def validate(request: HttpRequest, body: CouponIn) -> dict[str, Any]:
    with _refusing(request):
        order = _order(body)
        coupon = check(body.code, order_value=order.value, at=now(), order=order)
        if body.order_id:
            must_fit(coupon, body.order_id)
    pool = coupon.pool
    return {
        "code": coupon.said_code,
        "kind": pool.kind,
        "percent": pool.percent,
        "gift_item": pool.gift_item,
        "points": pool.points,
        "value": coupon.value,
        "currency": pool.currency,
        "minimum_spend": max(coupon.minimum_spend, pool.minimum_spend),
        "expires_at": coupon.expires_at,
        "stackable": coupon.pool.is_stackable,
    }


@router.post(
    "/coupons/redeem", summary="Use a code for one order", response=RedemptionOut
)
def use(request: HttpRequest, body: RedemptionIn) -> dict[str, Any]:
    with _refusing(request):
        done = redeem(
            body.code,
            order_id=body.order_id,
            order_value=body.order_value,
            at=now(),
            order=_order(body),
        )
    return {
        "code": done.code,
        "kind": done.kind,
        "gift_item": done.gift_item,
        "points": done.points,
        "value": done.value,
        "currency": done.currency,
        "order_id": done.order_id,
        "repeated": done.is_repeat,
    }


@router.post(
    "/coupons/reserve", summary="Keep a code for one order", response=ReservationOut
)
def keep(request: HttpRequest, body: ReservationIn) -> dict[str, Any]:
    with _refusing(request):
        coupon = redemption.reserve(
            body.code, _order(body), at=now(), seconds=body.seconds
        )
    return {
        "code": coupon.said_code,
        "value": coupon.value,
        "currency": coupon.pool.currency,
        "order_id": body.order_id,
        "held_until": coupon.held_until,
    }


@router.post(
    "/coupons/release",
    summary="End a reservation, or give a refunded order's code back",
    response=ReleaseOut,
)
def let_go(request: HttpRequest, body: ReleaseIn) -> dict[str, Any]:
    with _refusing(request):
        coupon, returned = redemption.let_go(
            body.code,
            order_id=body.order_id,
            at=now(),
            amount=body.amount,
            refund_id=body.refund_id,
        )
    return {
        "code": coupon.said_code,
        "order_id": body.order_id,
        "released": returned is None,
        "returned": returned or 0,
        "currency": coupon.pool.currency,
    }


def _order(body: CouponIn) -> Order:
    lines = tuple(Line(one.item_id, one.price, one.quantity) for one in body.items)
    value = body.order_value
    if value is None and lines:
        value = sum((one.price * one.quantity for one in lines), Decimal(0))
    return Order(
        id=body.order_id or "",
        value=value,
        customer=find(body.customer_id).pk if body.customer_id else None,
        currency=(body.currency or "").upper(),
        delivery=body.delivery,
        lines=lines,
    )


@contextmanager
def _refusing(request: HttpRequest) -> Iterator[None]:
    """Say why a code is refused; a key that brought too many wrong ones has to wait.

    An answer that a code can't be used leaves a set time after the question: how long
    it took to find that out says nothing of the code.
    """
    who, began = str(cast(Any, request).auth.key), time.monotonic()
    if wait := wrong_codes.seconds_to_wait(who):
        raise Refusal(429, TOO_MANY, headers={"Retry-After": str(wait)})
    try:
        yield
    except NotRedeemable as error:
        if error.code == "unknown":
            wrong_codes.note(who)
            _wait_until(began + WRONG_ANSWER_SECONDS)
        status = STATUS.get(error.code, 409)
        raise Refusal(status, str(error), code=f"coupon_{error.code}") from None


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
