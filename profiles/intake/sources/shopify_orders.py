"""Shopify's orders, refunds and cancellations, as statements of what an order is now.

A line's discounts are the amounts allocated to it, its own and its share of the
order's.
"""

from decimal import Decimal
from typing import Any

from profiles.intake.sources.contract import (
    Meant,
    Payload,
    Shop,
    count_of,
    inner,
    number,
    objects,
    some,
    text_of,
)
from profiles.intake.sources.shopify_people import customer_message, who

# What a payment's state means for the order; any other is paid, in part at least.
STATES = {
    "pending": "pending",
    "authorized": "placed",
    "voided": "voided",
    "expired": "voided",
}


def told_order(order: Payload, shop: Shop) -> Meant:
    """Tell what an order is now, whichever of its webhooks comes first; refunds inside
    it are refunds.
    """
    if order.get("test") is True:
        return Meant(ignored="a test order")
    refunds = objects(order.get("refunds"))
    state = _state(order)
    properties = some(
        order_id=order.get("id"),
        currency=order.get("currency"),
        coupon=_first_code(order),
        products=[
            told_line(line, order, shop) for line in objects(order.get("line_items"))
        ],
        order_name=order.get("name"),
        channel=order.get("source_name"),
    )
    told = some(
        state=state,
        told_at=order.get("updated_at"),
        ended_at=order.get("cancelled_at"),
        cart_id=order.get("checkout_token") or order.get("cart_token"),
        refunds=[
            *(_refunded(one, shop, order, n) for n, one in enumerate(refunds)),
            *_whole(order),
        ],
    )
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"shopify:order:{order.get('id')}",
        "timestamp": order.get("processed_at") or order.get("created_at"),
        "properties": properties,
        "order": told,
    } | who(order)
    waits = (
        f"the order is {order.get('financial_status')}" if state == "pending" else ""
    )
    return Meant([customer_message(order), message], ignored=waits)


def _state(order: Payload) -> str:
    if order.get("cancelled_at"):
        return "cancelled"
    return STATES.get(text_of(order.get("financial_status")).lower(), "paid")


def _whole(order: Payload) -> list[dict[str, Any]]:
    """A status says that all came back, also where the refunds beside it leave a rest."""
    if text_of(order.get("financial_status")).lower() != "refunded":
        return []
    at = max(
        (text_of(one.get("created_at")) for one in objects(order.get("refunds"))),
        default="",
    )
    return [some(id="all of it", at=at or order.get("updated_at"), whole=True)]


def told_line(line: Payload, order: Payload, shop: Shop) -> dict[str, Any]:
    quantity = count_of(line.get("quantity"))
    return some(
        line_id=line.get("id"),
        product_id=line.get("product_id") or line.get("sku"),
        variant_id=line.get("variant_id"),
        sku=line.get("sku"),
        name=line.get("title"),
        quantity=str(_ordered(line, order, quantity)),
        price=str(
            shop.revenue(_charged(line), _tax(line), has_tax=_has_tax(order))
            / (quantity or 1)
        ),
        discount=str(_taken_off(line)),
    )


def _charged(line: Payload) -> Decimal:
    return number(line.get("price")) * (
        number(line.get("quantity")) or Decimal(1)
    ) - _taken_off(line)


def _taken_off(line: Payload) -> Decimal:
    return sum(
        (
            number(one.get("amount"))
            for one in objects(line.get("discount_allocations"))
        ),
        Decimal(0),
    )


def _ordered(line: Payload, order: Payload, quantity: Decimal) -> Decimal:
    """Return how many were ordered: an edit takes off what the refunds don't name."""
    if line.get("current_quantity") is None or order.get("cancelled_at"):
        return quantity
    back = (
        one
        for refund in objects(order.get("refunds"))
        for one in objects(refund.get("refund_line_items"))
    )
    refunded = sum(
        (
            number(one.get("quantity"))
            for one in back
            if _line_id(one) == line.get("id")
        ),
        Decimal(0),
    )
    return min(quantity, number(line.get("current_quantity")) + refunded)


def _tax(line: Payload) -> Decimal | None:
    if "tax_lines" not in line:
        return None
    return sum(
        (number(one.get("price")) for one in objects(line["tax_lines"])), Decimal(0)
    )


def _has_tax(order: Payload) -> bool:
    return order.get("taxes_included") is True


def told_refund(refund: Payload, shop: Shop) -> Meant:
    """A refund names no customer: it is known by its order."""
    if refund.get("order_id") is None:
        return Meant(ignored="a refund of no order")
    return Meant(
        [
            _about(
                refund.get("order_id"),
                "Order Refunded",
                refunds=[_refunded(refund, shop)],
            )
        ]
    )


def order_gone(order: Payload, _shop: Shop) -> Meant:
    return Meant([_about(order.get("id"), "Order Cancelled")])


def _about(order_id: Any, event: str, **told: Any) -> dict[str, Any]:
    properties = some(order_id=order_id)
    return {
        "type": "track",
        "event": event,
        "properties": properties,
        "order": told,
        "messageId": f"shopify:{event}:{order_id}",
    }


def order_edit(told: Payload, _shop: Shop) -> Meant:
    """An edit names lines and by how many they changed, no prices: what the order knows
    is changed, and a new line waits for the order's own update.
    """
    edit = inner(told, "order_edit")
    order_id, lines = edit.get("order_id"), inner(edit, "line_items")
    changes = [
        some(line_id=one.get("id"), change=str(sign * count_of(one.get("delta"))))
        for name, sign in (("additions", 1), ("removals", -1))
        for one in objects(lines.get(name))
    ]
    if order_id is None or not changes:
        return Meant(ignored="an edit of no line")
    said = some(id=edit.get("id"), at=edit.get("created_at"), lines=changes)
    return Meant([_about(order_id, "Order Updated", edits=[said])])


def _refunded(
    refund: Payload, shop: Shop, order: Payload | None = None, n: int = 0
) -> dict[str, Any]:
    """Return a refund: its lines, and what was given back of the goods where that
    differs.
    """
    lines = objects(refund.get("refund_line_items"))
    amount = _given_back(refund, lines)
    if amount is not None and order:
        amount *= _share_of_revenue(order, shop, is_paid_sum=not lines)
    return some(
        id=refund.get("id") or f"without an id {n}",
        at=refund.get("processed_at") or refund.get("created_at"),
        products=[_returned(one, shop, order) for one in lines],
        amount=None if amount is None else str(round(amount, 8)),
    )


def _given_back(refund: Payload, lines: list[Payload]) -> Decimal | None:
    """Return what a refund gives back of the goods; None where its lines say it.

    An adjustment is what differs from the lines: below zero when more was given.
    Shipping has its own.
    """
    adjusted = [
        one
        for one in objects(refund.get("order_adjustments"))
        if one.get("kind") == "refund_discrepancy"
    ]
    more = -sum((number(one.get("amount")) for one in adjusted), Decimal(0))
    if lines:
        goods = sum((number(one.get("subtotal")) for one in lines), Decimal(0))
        return goods + more if more else None
    if objects(refund.get("order_adjustments")):
        return more
    paid = [one for one in objects(refund.get("transactions")) if _is_refund(one)]
    return sum((number(one.get("amount")) for one in paid), Decimal(0))


def _share_of_revenue(order: Payload, shop: Shop, *, is_paid_sum: bool) -> Decimal:
    """Return how much of money given back is revenue to the shop; what was paid back
    holds the tax.
    """
    lines = objects(order.get("line_items"))
    charged = sum((_charged(one) for one in lines), Decimal(0))
    has_tax = _has_tax(order)
    revenue = sum(
        (shop.revenue(_charged(one), _tax(one), has_tax=has_tax) for one in lines),
        Decimal(0),
    )
    if is_paid_sum and not has_tax:
        charged += sum((_tax(one) or Decimal(0) for one in lines), Decimal(0))
    return revenue / charged if charged > 0 else Decimal(1)


def _line_id(refunded: Payload) -> Any:
    return refunded.get("line_item_id") or inner(refunded, "line_item").get("id")


def _is_refund(paid: Payload) -> bool:
    return paid.get("kind") == "refund" and paid.get("status", "success") == "success"


def _returned(line: Payload, shop: Shop, order: Payload | None) -> dict[str, Any]:
    of_order = inner(line, "line_item")
    quantity = number(line.get("quantity")) or Decimal(1)
    charged, tax = number(line.get("subtotal")), number(line.get("total_tax"))
    if order:
        money = shop.revenue(charged, tax, has_tax=_has_tax(order))
    # nobody says whether it holds the tax; more than the line cost is not given back
    else:
        money = charged + tax if shop.counts_tax else charged
    return some(
        line_id=_line_id(line),
        product_id=of_order.get("product_id") or of_order.get("sku"),
        quantity=str(quantity),
        price=str(money / quantity) if line.get("subtotal") is not None else None,
    )


def _first_code(order: Payload) -> Any:
    codes = objects(order.get("discount_codes"))
    return codes[0].get("code") if codes else None
