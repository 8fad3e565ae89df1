"""Coupons at the till."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from campaigns.offers import redemption
from campaigns.offers.redemption import NotRedeemable, Order, check, must_fit, redeem
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
# everything else is in conflict with what stands in the ledger
STATUS = {"unknown": 404}
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Money = Annotated[Decimal, Field(ge=0, lt=10**12, max_digits=14, decimal_places=2)]


class CouponIn(Schema):
    code: Words = Field(description="As the customer typed it.")
    order_value: Money | None = Field(None, description="Checks the minimum spend.")
    customer_id: Words | None = Field(
        None, description="Then the code must be this customer's own."
    )
    order_id: Words | None = Field(
        None, description="Checks that the order has no coupon that forbids another."
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
    value: float
    currency: str
    minimum_spend: float
    expires_at: datetime
    stackable: bool = Field(description="An order may take it beside others that may.")


class RedemptionOut(Schema):
    code: str
    value: float = Field(description="What is taken off: at most the order's value.")
    currency: str
    order_id: str
    repeated: bool = Field(description="This order was told so before.")


@router.post(
    "/coupons/validate", summary="May this code be redeemed now?", response=CouponOut
)
def validate(request: HttpRequest, body: CouponIn) -> dict[str, Any]:
    with _refusing(request):
        coupon = check(
            body.code, order_value=body.order_value, at=now(), customer=_customer(body)
        )
        if body.order_id:
            must_fit(coupon, body.order_id)
    return {
        "code": coupon.code,
        "value": coupon.value,
        "currency": coupon.pool.currency,
        "minimum_spend": coupon.minimum_spend,
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
            customer=_customer(body),
        )
    return {
        "code": done.code,
        "value": done.value,
        "currency": done.currency,
        "order_id": done.order_id,
        "repeated": done.is_repeat,
    }


@router.post(
    "/coupons/reserve", summary="Keep a code for one order", response=ReservationOut
)
def keep(request: HttpRequest, body: ReservationIn) -> dict[str, Any]:
    order = Order(body.order_id, body.order_value, _customer(body))
    with _refusing(request):
        coupon = redemption.reserve(body.code, order, at=now(), seconds=body.seconds)
    return {
        "code": coupon.code,
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
        "code": coupon.code,
        "order_id": body.order_id,
        "released": returned is None,
        "returned": returned or 0,
        "currency": coupon.pool.currency,
    }


def _customer(body: CouponIn) -> int | None:
    return find(body.customer_id).pk if body.customer_id else None


@contextmanager
def _refusing(request: HttpRequest) -> Iterator[None]:
    """Say why a code is refused; a key that brought too many wrong ones has to wait."""
    who = str(cast(Any, request).auth.key)
    if wait := wrong_codes.seconds_to_wait(who):
        raise Refusal(429, TOO_MANY, headers={"Retry-After": str(wait)})
    try:
        yield
    except NotRedeemable as error:
        if error.code == "unknown":
            wrong_codes.note(who)
        status = STATUS.get(error.code, 409)
        raise Refusal(status, str(error), code=f"coupon_{error.code}") from None
