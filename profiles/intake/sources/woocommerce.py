"""WooCommerce's webhooks: orders, customers, products.

WooCommerce REST API v3. A line's ``total`` is what was charged for it after discounts, before tax. An order counts once
it is paid; refunded as a whole, its lines come back.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import nh3
from django.utils.translation import gettext_lazy as _

from profiles.intake.sources.contract import Meant, Payload, Shop, Source, inner, number, objects, some, text_of
from retention_site.lib.signatures import Headers, body_hmac

PAID = ("processing", "completed")
HELLO = re.compile(rb"webhook_id=\d+")


class WooCommerce(Source):
    """Topics that mean nothing to us are answered 200 and ignored."""

    title = "WooCommerce"
    setup = (
        _("In WordPress open WooCommerce, Settings, Advanced, Webhooks and press Add webhook."),
        _("Choose the topic (an order, a customer, a product), set the status to Active, and put in this address."),
        _("Put the secret that was shown here into the field Secret. Do so for each topic that is to be heard."),
    )
    reads_headers = ("x-wc-webhook-topic",)

    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        return body_hmac(secret, raw, headers.get("x-wc-webhook-signature", ""))

    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        topic = headers.get("x-wc-webhook-topic", "")
        if translate := TOPICS.get(topic):
            return translate(payload, shop)
        return Meant(ignored=f"nothing is done with {topic or 'a webhook without a topic'}")

    def is_hello(self, raw: bytes) -> bool:
        return HELLO.fullmatch(raw) is not None

    def topics(self) -> tuple[str, ...]:
        return tuple(TOPICS)


def _order(order: Payload, _shop: Shop) -> Meant:
    if order.get("status") in PAID:
        return Meant([_buyer(order), _event(order, "Order Completed", "order", "date_created_gmt")])
    if order.get("status") == "refunded" and order.get("date_paid_gmt"):
        return Meant([_event(order, "Order Refunded", "refund", "date_modified_gmt")])
    return Meant(ignored=f"the order is {order.get('status')}")


def _event(order: Payload, event: str, kind: str, time: str) -> dict[str, Any]:
    codes = objects(order.get("coupon_lines"))
    properties = some(
        order_id=order.get("id"),
        currency=order.get("currency"),
        coupon=codes[0].get("code") if codes else None,
        products=[_line(line) for line in objects(order.get("line_items"))],
        order_number=order.get("number"),
    )
    return {
        "type": "track", "event": event, "messageId": f"woocommerce:{kind}:{order.get('id')}",
        "timestamp": utc(order.get(time)), "properties": properties,
    } | _who(order)  # fmt: skip


def _line(line: Payload) -> dict[str, Any]:
    quantity = number(line.get("quantity")) or Decimal(1)
    charged = number(line.get("total"))
    return some(
        line_id=line.get("id"),
        product_id=line.get("product_id") or line.get("sku"),
        variant_id=line.get("variation_id") or None,
        sku=line.get("sku"),
        name=line.get("name"),
        quantity=str(quantity),
        price=str(charged / quantity),
        discount=str(number(line.get("subtotal")) - charged),
    )


def _buyer(order: Payload) -> dict[str, Any]:
    message = {
        "type": "identify",
        "traits": _traits(inner(order, "billing")),
        "timestamp": utc(order.get("date_created_gmt")),
    }
    return message | _who(order)


def _customer(customer: Payload, _shop: Shop) -> Meant:
    named = some(
        email=customer.get("email"),
        firstName=customer.get("first_name"),
        lastName=customer.get("last_name"),
        createdAt=utc(customer.get("date_created_gmt")),
    )
    message = {
        "type": "identify", "userId": text_of(customer.get("id")), "timestamp": utc(customer.get("date_modified_gmt")),
        "traits": _traits(inner(customer, "billing")) | named,
    }  # fmt: skip
    return Meant([message])


def _traits(billing: Payload) -> dict[str, Any]:
    return some(
        email=billing.get("email"),
        phone=billing.get("phone"),
        firstName=billing.get("first_name"),
        lastName=billing.get("last_name"),
        country=billing.get("country"),
        region=billing.get("state"),
    )


def _who(order: Payload) -> dict[str, Any]:
    """The shop's id; guests have id 0 and are known by address."""
    if order.get("customer_id"):
        return {"userId": text_of(order["customer_id"])}
    billing = inner(order, "billing")
    return {"context": {"traits": some(email=billing.get("email"), phone=billing.get("phone"))}}


def _product(product: Payload, shop: Shop) -> Meant:
    categories, images = objects(product.get("categories")), objects(product.get("images"))
    price = product.get("price")
    item = some(
        item_id=product.get("id"),
        title=product.get("name"),
        description=nh3.clean(text_of(product.get("description") or product.get("short_description")), tags=set()),
        category=categories[0].get("name") if categories else None,
        price=price,
        currency=shop.currency if price else None,
        image_url=images[0].get("src") if images else None,
        url=product.get("permalink"),
        sku=product.get("sku"),
    )
    is_sold = product.get("status") == "publish" and product.get("stock_status") != "outofstock"
    return Meant(items=[item | {"available": is_sold}])


def _product_gone(product: Payload, _shop: Shop) -> Meant:
    return Meant(items=[{"item_id": product.get("id"), "available": False}])


def utc(said: Any) -> Any:
    """Return one of WooCommerce's times in GMT with its zone."""
    return f"{said}Z" if isinstance(said, str) and said else None


TOPICS: dict[str, Callable[[Payload, Shop], Meant]] = {
    **dict.fromkeys(("order.created", "order.updated", "order.restored"), _order),
    **dict.fromkeys(("customer.created", "customer.updated"), _customer),
    **dict.fromkeys(("product.created", "product.updated", "product.restored"), _product),
    "product.deleted": _product_gone,
}
