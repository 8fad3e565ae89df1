"""Whether an order may take a coupon, and what the coupon costs then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Q

from campaigns.models import Coupon, CouponPool
from campaigns.models.coupon import STOCK
from profiles.models import Customer, Item
from profiles.models import Order as ShopOrder

# One answer for a code that is unknown, used, held or somebody else's: a stranger who
# tries codes learns nothing.
NOT_USABLE = "This code can't be used."
# codes that were made for nobody: whoever has one may use it
MADE, SHARED = "made:", "shared:"
FOR_ANYBODY = (MADE, STOCK, SHARED)
CENT = Decimal("0.01")
NO_ORDER = (ShopOrder.Status.CANCELLED, ShopOrder.Status.VOIDED)
Kind = CouponPool.Kind


class NotRedeemable(Exception):
    """The till must not take this code: one sentence, and a word that programs can
    compare.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Line:
    """One line of an order at the till; ``price`` is that of one piece."""

    item_id: str
    price: Decimal
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True)
class Order:
    """An order at the till."""

    id: str
    value: Decimal | None = None
    customer: int | None = None
    currency: str = ""
    delivery: Decimal | None = None  # what it costs to bring it
    lines: tuple[Line, ...] = ()


def may_be_used(coupon: Coupon | None, order: Order, at: datetime) -> Coupon:
    """Return the coupon if this order may have it now; raise `NotRedeemable`."""
    if coupon is None or not _is_theirs(coupon, order, at):
        raise NotRedeemable("unknown", NOT_USABLE)
    pool = coupon.pool
    if coupon.closed_at is not None or coupon.expires_at <= at:
        raise NotRedeemable(
            "expired", f"This code was valid until {coupon.expires_at:%Y-%m-%d}."
        )
    if pool.starts_at is not None and pool.starts_at > at:
        raise NotRedeemable(
            "not_yet", f"This code is valid from {pool.starts_at:%Y-%m-%d} on."
        )
    if order.currency and order.currency != pool.currency:
        raise NotRedeemable(
            "currency",
            f"This code is in {pool.currency}, and the order in {order.currency}.",
        )
    least = max(coupon.minimum_spend, pool.minimum_spend)
    if order.value is not None and order.value < least:
        raise NotRedeemable(
            "minimum_spend",
            f"This code needs an order of at least {least} {pool.currency}.",
        )
    if pool.is_first_order or pool.per_customer:
        _customer_may(coupon, order)
    return coupon


def cost_of(coupon: Coupon, order: Order) -> Decimal:
    """Return what the use of a coupon costs: never more than its value, nor what it
    takes off more than there is; raise `NotRedeemable` where it fits no line.
    """
    base = base_of(coupon.pool, order)
    match coupon.pool.kind:
        case Kind.PERCENT:
            share = (coupon.pool.percent or Decimal(0)) / 100
            off = (base * share).quantize(CENT, ROUND_HALF_UP)
            return min(coupon.value, off)
        case Kind.FREE_DELIVERY:
            return (
                coupon.value
                if order.delivery is None
                else min(coupon.value, order.delivery)
            )
        case Kind.GIFT | Kind.POINTS:
            return coupon.value
    return min(coupon.value, base)


def taken_off(pool: CouponPool, cost: Decimal) -> Decimal:
    """Return what the order pays less: a gift and points leave it as it is."""
    return Decimal(0) if pool.kind in (Kind.GIFT, Kind.POINTS) else cost


def base_of(pool: CouponPool, order: Order) -> Decimal:
    """Return the part of an order that a pool's coupons hold for."""
    value = order.value or Decimal(0)
    if not pool.is_limited_to_items:
        return value
    if not order.lines:
        raise NotRedeemable(
            "items_needed", "This code holds for some items only: send the lines."
        )
    wanted = _wanted(pool, {line.item_id for line in order.lines})
    base = sum(
        (line.price * line.quantity for line in order.lines if line.item_id in wanted),
        Decimal(0),
    )
    if base <= 0:
        names = ", ".join([*pool.categories, *pool.items][:3])
        raise NotRedeemable("items", f"This code holds for {names} only.")
    return min(base, value)


def _wanted(pool: CouponPool, items: set[str]) -> set[str]:
    found = set(pool.items) & items
    for item, category in Item.objects.filter(external_id__in=items).values_list(
        "external_id", "category"
    ):
        levels = [level.strip() for level in category.split(">")]
        if any(_below(levels, one) for one in pool.categories):
            found.add(item)
    return found


def _below(levels: list[str], category: str) -> bool:
    asked = [level.strip() for level in category.split(">")]
    return levels[: len(asked)] == asked


def _is_theirs(coupon: Coupon, order: Order, at: datetime) -> bool:
    if coupon.redeemed_at is not None:
        return False
    is_held = coupon.held_until is not None and coupon.held_until > at
    if is_held and coupon.held_order_id != order.id:
        return False
    if order.customer is None or owner_of(coupon) == order.customer:
        return True
    return coupon.customer_id is None and coupon.grant_key.startswith(FOR_ANYBODY)


def owner_of(coupon: Coupon) -> int | None:
    """Return who stands for a coupon's customer now: she may have been merged."""
    owner = coupon.customer
    return None if owner is None else owner.merged_into_id or owner.pk


def _customer_may(coupon: Coupon, order: Order) -> None:
    customer = order.customer or owner_of(coupon)
    if customer is None:
        raise NotRedeemable(
            "customer_needed", "This code needs a known customer: send customer_id."
        )
    people = [
        customer,
        *Customer.objects.filter(merged_into=customer).values_list("pk", flat=True),
    ]
    if coupon.pool.is_first_order and _has_ordered(people, order.id):
        raise NotRedeemable("first_order", "This code is for a first order only.")
    most = coupon.pool.per_customer
    if most is not None and _n_used(coupon, people, order.id) >= most:
        raise NotRedeemable(
            "customer_limit", f"A customer may use {most} of these, and has."
        )


def _has_ordered(people: list[int], order_id: str) -> bool:
    orders = ShopOrder.objects.filter(customer__in=people).exclude(order_id=order_id)
    return orders.exclude(status__in=NO_ORDER).exists()


def _n_used(coupon: Coupon, people: list[int], order_id: str) -> int:
    """Count the customer's uses of a pool, those held at a till too."""
    used = Q(redeemed_at__isnull=False) | Q(held_order_id__isnull=False)
    others = Coupon.objects.filter(used, pool=coupon.pool_id, customer__in=people)
    return others.filter(closed_at=None).exclude(pk=coupon.pk).count()
