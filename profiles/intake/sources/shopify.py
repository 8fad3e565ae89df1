"""Shopify's webhooks: orders, refunds, checkouts, customers, products.

Shopify, "Webhooks" and the Admin API's REST resources. Money is in the shop's currency; a line's discounts are the
amounts allocated to it, its own and its share of the order's.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import nh3
from django.utils.translation import gettext_lazy as _

from profiles.intake.sources.contract import Meant, Payload, Shop, Source, inner, number, objects, some, text_of
from retention_site.lib.signatures import Headers, body_hmac

CONSENT = {"subscribed": "granted", "pending": "pending", "unsubscribed": "withdrawn"}


class Shopify(Source):
    """Topics that mean nothing to us are answered 200 and ignored."""

    title = "Shopify"
    setup = (
        _("In Shopify open Settings, Notifications, Webhooks and press Create webhook."),
        _("Choose the event (an order, a customer, a product), the format JSON, and this address."),
        _("Do so for each event that is to be heard. One secret signs them all: it stands below the list."),
    )
    makes_secret = True
    reads_headers = ("x-shopify-topic",)

    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        return body_hmac(secret, raw, headers.get("x-shopify-hmac-sha256", ""))

    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        topic = headers.get("x-shopify-topic", "")
        if translate := TOPICS.get(topic):
            return translate(payload, shop)
        return Meant(ignored=f"nothing is done with {topic or 'a webhook without a topic'}")

    def topics(self) -> tuple[str, ...]:
        return tuple(TOPICS)


def _order(order: Payload, _shop: Shop) -> Meant:
    """An order is placed once, whichever of its webhooks comes first; refunds inside it are refunds."""
    if order.get("test") is True:
        return Meant(ignored="a test order")
    properties = some(
        order_id=order.get("id"),
        currency=order.get("currency"),
        coupon=_first_code(order),
        products=[_line(line) for line in objects(order.get("line_items"))],
        order_name=order.get("name"),
        channel=order.get("source_name"),
    )
    placed = {
        "type": "track", "event": "Order Completed", "messageId": f"shopify:order:{order.get('id')}",
        "timestamp": order.get("processed_at") or order.get("created_at"), "properties": properties,
    } | _who(order)  # fmt: skip
    refunds = [_refunded(refund, _who(order), order) for refund in objects(order.get("refunds"))]
    return Meant([_customer_message(order), placed, *filter(None, refunds)])


def _line(line: Payload) -> dict[str, Any]:
    quantity = number(line.get("quantity")) or Decimal(1)
    off = sum((number(one.get("amount")) for one in objects(line.get("discount_allocations"))), Decimal(0))
    return some(
        line_id=line.get("id"),
        product_id=line.get("product_id") or line.get("sku"),
        variant_id=line.get("variant_id"),
        sku=line.get("sku"),
        name=line.get("title"),
        quantity=str(quantity),
        price=str(number(line.get("price")) - off / quantity),
        discount=str(off),
    )


def _refund(_refund: Payload, _shop: Shop) -> Meant:
    return Meant(ignored="a refund names no customer; the order's own update brings it")


def _refunded(refund: Payload, who: dict[str, Any], order: Payload) -> dict[str, Any] | None:
    lines = [_returned(one) for one in objects(refund.get("refund_line_items"))]
    if not lines:
        return None
    properties = some(order_id=refund.get("order_id"), currency=order.get("currency"), products=lines)
    return {
        "type": "track", "event": "Order Refunded", "messageId": f"shopify:refund:{refund.get('id')}",
        "timestamp": refund.get("processed_at") or refund.get("created_at"), "properties": properties,
    } | who  # fmt: skip


def _returned(line: Payload) -> dict[str, Any]:
    of_order = inner(line, "line_item")
    quantity = number(line.get("quantity")) or Decimal(1)
    return some(
        line_id=line.get("id"),
        product_id=of_order.get("product_id") or of_order.get("sku"),
        quantity=str(quantity),
        price=str(number(line.get("subtotal")) / quantity),
    )


def _checkout(checkout: Payload, _shop: Shop) -> Meant:
    """A cart with an address: the beginning of an abandoned one."""
    if checkout.get("completed_at"):
        return Meant(ignored="the checkout became an order")
    token = checkout.get("token") or checkout.get("id")
    properties = some(
        checkout_id=token,
        currency=checkout.get("currency"),
        value=checkout.get("total_price"),
        url=checkout.get("abandoned_checkout_url"),
        products=[_line(line) for line in objects(checkout.get("line_items"))],
    )
    message = {
        "type": "track", "event": "Checkout Started", "messageId": f"shopify:checkout:{token}",
        "timestamp": checkout.get("created_at"), "properties": properties,
    } | _who(checkout)  # fmt: skip
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
    message = {"type": "identify", "traits": traits, "timestamp": stated_at, "consents": _consents(customer)}
    return message | _who(order)


def _who(order: Payload) -> dict[str, Any]:
    """The shop's id; a guest is known by address."""
    customer = inner(order, "customer")
    if customer.get("id") is not None:
        return {"userId": text_of(customer["id"])}
    return {"context": {"traits": some(email=order.get("email"), phone=order.get("phone"))}}


def _consents(customer: Payload) -> list[dict[str, Any]]:
    said = {"email": inner(customer, "email_marketing_consent"), "sms": inner(customer, "sms_marketing_consent")}
    return [
        some(channel=channel, status=CONSENT[one["state"]], at=one.get("consent_updated_at"), source="Shopify")
        for channel, one in said.items()
        if one.get("state") in CONSENT
    ]


def _product(product: Payload, shop: Shop) -> Meant:
    prices = [number(one.get("price")) for one in objects(product.get("variants")) if one.get("price") is not None]
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
    return Meant(items=[item | {"available": product.get("status", "active") == "active"}])


def _product_gone(product: Payload, _shop: Shop) -> Meant:
    return Meant(items=[{"item_id": product.get("id"), "available": False}])


def _first_code(order: Payload) -> Any:
    codes = objects(order.get("discount_codes"))
    return codes[0].get("code") if codes else None


TOPICS: dict[str, Callable[[Payload, Shop], Meant]] = {
    **dict.fromkeys(("orders/create", "orders/paid", "orders/updated", "orders/fulfilled"), _order),
    "refunds/create": _refund,
    **dict.fromkeys(("checkouts/create", "checkouts/update"), _checkout),
    **dict.fromkeys(("customers/create", "customers/update", "customers/enable"), _customer),
    **dict.fromkeys(("products/create", "products/update"), _product),
    "products/delete": _product_gone,
}
