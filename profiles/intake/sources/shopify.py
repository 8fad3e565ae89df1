"""Shopify's webhooks: orders, refunds, checkouts, customers, products.

Shopify, "Webhooks" and the Admin API's REST resources. Money is in the shop's currency;
a line's discounts are the amounts allocated to it, its own and its share of the
order's.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import nh3
from django.utils.translation import gettext_lazy as _

from profiles.intake.sources.contract import (
    Meant,
    Payload,
    Shop,
    Source,
    inner,
    number,
    objects,
    some,
    text_of,
)
from profiles.intake.values import Refused
from retention_site.lib.security.signatures import Headers, body_hmac

# What a payment's state means for the order; any other is paid, in part at least.
STATES = {
    "pending": "pending",
    "authorized": "placed",
    "voided": "voided",
    "expired": "voided",
}
CONSENT = {"subscribed": "granted", "pending": "pending", "unsubscribed": "withdrawn"}


class Shopify(Source):
    """Topics that mean nothing to us are answered 200 and ignored."""

    title = "Shopify"
    setup = (
        _(
            "In Shopify open Settings, Notifications, Webhooks and press Create"
            " webhook."
        ),
        _(
            "Choose the event (an order, a customer, a product), the format JSON, and"
            " this address."
        ),
        _(
            "Do so for each event that is to be heard. One secret signs them all: it"
            " stands below the list."
        ),
    )
    makes_secret = True
    reads_headers = ("x-shopify-topic",)

    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        return body_hmac(secret, raw, headers.get("x-shopify-hmac-sha256", ""))

    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        topic = headers.get("x-shopify-topic", "")
        if translate := TOPICS.get(topic):
            return translate(payload, shop)
        return Meant(
            ignored=f"nothing is done with {topic or 'a webhook without a topic'}"
        )

    def topics(self) -> tuple[str, ...]:
        return tuple(TOPICS)


def _order(order: Payload, shop: Shop) -> Meant:
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
            _line(line, order, shop) for line in objects(order.get("line_items"))
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
    } | _who(order)
    waits = (
        f"the order is {order.get('financial_status')}" if state == "pending" else ""
    )
    return Meant([_customer_message(order), message], ignored=waits)


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


def _line(line: Payload, order: Payload, shop: Shop) -> dict[str, Any]:
    quantity = number(line.get("quantity")) or Decimal(1)
    return some(
        line_id=line.get("id"),
        product_id=line.get("product_id") or line.get("sku"),
        variant_id=line.get("variant_id"),
        sku=line.get("sku"),
        name=line.get("title"),
        quantity=str(_ordered(line, order, quantity)),
        price=str(
            shop.revenue(_charged(line), _tax(line), has_tax=_has_tax(order)) / quantity
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


def _refund(refund: Payload, shop: Shop) -> Meant:
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


def _gone(order: Payload, _shop: Shop) -> Meant:
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


def _edit(_edit: Payload, _shop: Shop) -> Meant:
    return Meant(ignored="an edit names no prices; the order's own update brings it")


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


def _checkout(checkout: Payload, shop: Shop) -> Meant:
    """A cart with an address, as it is now: each update tells it anew."""
    if checkout.get("completed_at"):
        return Meant(ignored="the checkout became an order")
    token = checkout.get("token") or checkout.get("id")
    told_at = checkout.get("updated_at") or checkout.get("created_at")
    lines = [
        _line(line, checkout, shop) for line in objects(checkout.get("line_items"))
    ]
    properties = some(
        cart_id=token,
        checkout_id=token,
        currency=checkout.get("currency"),
        value=checkout.get("total_price"),
        url=checkout.get("abandoned_checkout_url"),
    )
    who = _who(checkout)
    if not who.get("userId") and not inner(who, "context", "traits"):
        return Meant(ignored="the checkout names nobody yet")
    message = {
        "type": "track",
        "event": "Checkout Started",
        "messageId": f"shopify:checkout:{token}:{told_at}",
        "timestamp": told_at,
        "properties": properties | {"products": lines},
    } | who
    return Meant([message])


def _customer(customer: Payload, _shop: Shop) -> Meant:
    return Meant([_customer_message({"customer": customer})])


def _customer_message(order: Payload) -> dict[str, Any]:
    """What an order or a customer's own webhook says about who the customer is."""
    customer = inner(order, "customer")
    address = inner(customer, "default_address") or inner(order, "billing_address")
    traits = some(
        email=customer.get("email") or order.get("email"),
        phone=customer.get("phone") or order.get("phone") or address.get("phone"),
        firstName=customer.get("first_name") or address.get("first_name"),
        lastName=customer.get("last_name") or address.get("last_name"),
        country=address.get("country_code"),
        region=address.get("province"),
        createdAt=customer.get("created_at"),
        locale=order.get("customer_locale"),
        tags=customer.get("tags"),
    )
    stated_at = customer.get("updated_at") or order.get("updated_at")
    message = {
        "type": "identify",
        "traits": traits,
        "timestamp": stated_at,
        "consents": _consents(customer),
    }
    return message | _who(order)


def _who(order: Payload) -> dict[str, Any]:
    """The shop's id; a guest is known by address."""
    customer = inner(order, "customer")
    if customer.get("id") is not None:
        return {"userId": text_of(customer["id"])}
    email = order.get("email")
    # A phone that can't be read must not cost the order: beside an address nobody needs
    # it here.
    return {
        "context": {
            "traits": some(email=email, phone=None if email else order.get("phone"))
        }
    }


def _consents(customer: Payload) -> list[dict[str, Any]]:
    said = {
        "email": inner(customer, "email_marketing_consent"),
        "sms": inner(customer, "sms_marketing_consent"),
    }
    return [
        some(
            channel=channel,
            status=CONSENT[one["state"]],
            at=one.get("consent_updated_at"),
            source="Shopify",
        )
        for channel, one in said.items()
        if one.get("state") in CONSENT
    ]


def _erasure(payload: Payload, _shop: Shop) -> Meant:
    """A shop hands on that somebody is to be forgotten, or deleted the account itself."""
    return Meant(asked=(_person(payload, "erasure"),))


def _export(payload: Payload, _shop: Shop) -> Meant:
    return Meant(asked=(_person(payload, "export"),))


def _shop_erasure(_payload: Payload, _shop: Shop) -> Meant:
    """The shop took Rapport out of Shopify: what of its people is to go is no machine's
    decision.
    """
    raise Refused(
        "shop",
        "the shop asks to erase all of its people: decide who is to be forgotten",
    )


def _person(payload: Payload, kind: str) -> dict[str, Any]:
    customer = inner(payload, "customer") or payload
    orders = payload.get("orders_to_redact") or payload.get("orders_requested")
    return {
        "kind": kind,
        "customer_id": text_of(customer.get("id")),
        "email": text_of(customer.get("email")),
        "order_ids": (
            tuple(text_of(one) for one in orders) if isinstance(orders, list) else ()
        ),
    }


def _product(product: Payload, shop: Shop) -> Meant:
    prices = [
        number(one.get("price"))
        for one in objects(product.get("variants"))
        if one.get("price") is not None
    ]
    item = some(
        item_id=product.get("id"),
        title=product.get("title"),
        description=nh3.clean(text_of(product.get("body_html")), tags=set()),
        brand=product.get("vendor"),
        category=product.get("product_type"),
        price=str(min(prices)) if prices else None,
        currency=shop.currency if prices else None,
        image_url=inner(product, "image").get("src"),
        handle=product.get("handle"),
    )
    return Meant(items=[item | {"available": _is_on_sale(product)}])


def _is_on_sale(product: Payload) -> bool:
    """A product that is not listed, or of which every variant is sold out, can't be
    bought.
    """
    variants = objects(product.get("variants"))
    is_listed = product.get("status", "active") == "active"
    return is_listed and (
        not variants or not all(_is_sold_out(one) for one in variants)
    )


def _is_sold_out(variant: Payload) -> bool:
    """Counted, none left, and not sold on; what nobody counts is never sold out."""
    is_counted = (
        variant.get("inventory_management", "shopify")
        and variant.get("tracked") is not False
    )
    has_none = (
        variant.get("inventory_quantity") is not None
        and number(variant["inventory_quantity"]) <= 0
    )
    return (
        bool(is_counted)
        and has_none
        and variant.get("inventory_policy", "deny") == "deny"
    )


def _product_gone(product: Payload, _shop: Shop) -> Meant:
    return Meant(items=[{"item_id": product.get("id"), "available": False}])


def _first_code(order: Payload) -> Any:
    codes = objects(order.get("discount_codes"))
    return codes[0].get("code") if codes else None


ORDER_TOPICS = (
    "orders/create",
    "orders/paid",
    "orders/updated",
    "orders/fulfilled",
    "orders/partially_fulfilled",
    "orders/cancelled",
)
TOPICS: dict[str, Callable[[Payload, Shop], Meant]] = {
    **dict.fromkeys(ORDER_TOPICS, _order),
    "orders/edited": _edit,
    "orders/delete": _gone,
    "refunds/create": _refund,
    **dict.fromkeys(("checkouts/create", "checkouts/update"), _checkout),
    **dict.fromkeys(
        ("customers/create", "customers/update", "customers/enable"), _customer
    ),
    **dict.fromkeys(("customers/redact", "customers/delete"), _erasure),
    "customers/data_request": _export,
    "shop/redact": _shop_erasure,
    **dict.fromkeys(("products/create", "products/update"), _product),
    "products/delete": _product_gone,
}
