"""Shopify's webhooks: orders, refunds, checkouts, customers, products.

Shopify, "Webhooks" and the Admin API's REST resources. Money is in the shop's currency;
a line's discounts are the amounts allocated to it, its own and its share of the
order's.
"""

from collections.abc import Callable

import nh3
from django.utils.translation import gettext_lazy as _

from profiles.intake.sources import shopify_orders, shopify_people
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
from retention_site.lib.security.signatures import Headers, body_hmac


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
    id_header = "x-shopify-webhook-id"

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


def _checkout(checkout: Payload, shop: Shop) -> Meant:
    """A cart with an address, as it is now: each update tells it anew."""
    if checkout.get("completed_at"):
        return Meant(ignored="the checkout became an order")
    token = checkout.get("token") or checkout.get("id")
    told_at = checkout.get("updated_at") or checkout.get("created_at")
    lines = [
        shopify_orders.told_line(line, checkout, shop)
        for line in objects(checkout.get("line_items"))
    ]
    properties = some(
        cart_id=token,
        checkout_id=token,
        currency=checkout.get("currency"),
        value=checkout.get("total_price"),
        url=checkout.get("abandoned_checkout_url"),
    )
    who = shopify_people.who(checkout)
    if not who.get("userId") and not inner(who, "context", "traits"):
        return Meant(ignored="the checkout names nobody yet")
    message = {
        "type": "track",
        "event": "Checkout Started",
        "messageId": f"shopify:checkout:{token}:{told_at}",
        "timestamp": told_at,
        "properties": properties | {"products": lines},
    } | who
    return Meant([shopify_people.customer_message(checkout), message])


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


ORDER_TOPICS = (
    "orders/create",
    "orders/paid",
    "orders/updated",
    "orders/fulfilled",
    "orders/partially_fulfilled",
    "orders/cancelled",
)
TOPICS: dict[str, Callable[[Payload, Shop], Meant]] = {
    **dict.fromkeys(ORDER_TOPICS, shopify_orders.told_order),
    "orders/edited": shopify_orders.order_edit,
    "orders/delete": shopify_orders.order_gone,
    "refunds/create": shopify_orders.told_refund,
    **dict.fromkeys(("checkouts/create", "checkouts/update"), _checkout),
    **dict.fromkeys(
        ("customers/create", "customers/update", "customers/enable"),
        shopify_people.told_customer,
    ),
    **dict.fromkeys(("customers/redact", "customers/delete"), shopify_people.erasure),
    "customers/data_request": shopify_people.export,
    "shop/redact": shopify_people.shop_erasure,
    **dict.fromkeys(("products/create", "products/update"), _product),
    "products/delete": _product_gone,
}
