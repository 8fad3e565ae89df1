"""WooCommerce's webhooks: orders, customers, products.

WooCommerce REST API v3. A line's ``total`` is what was charged for it after discounts,
before tax. An order counts once it is paid; refunded as a whole, its lines come back.
"""

import re
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
    count_of,
    inner,
    number,
    objects,
    some,
    text_of,
)
from retention_site.lib.security.signatures import Headers, body_hmac

PAID = ("processing", "completed", "refunded")
UNPAID = ("pending", "on-hold", "checkout-draft", "draft", "auto-draft")
ENDED = {"cancelled": "cancelled", "failed": "voided", "trash": "cancelled"}
HELLO = re.compile(rb"webhook_id=\d+")


class WooCommerce(Source):
    """Topics that mean nothing to us are answered 200 and ignored."""

    title = "WooCommerce"
    setup = (
        _(
            "In WordPress open WooCommerce, Settings, Advanced, Webhooks and press Add"
            " webhook."
        ),
        _(
            "Choose the topic (an order, a customer, a product), set the status to"
            " Active, and put in this address."
        ),
        _(
            "Put the secret that was shown here into the field Secret. Do so for each"
            " topic that is to be heard."
        ),
    )
    reads_headers = ("x-wc-webhook-topic",)
    id_header = "x-wc-webhook-delivery-id"

    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        return body_hmac(secret, raw, headers.get("x-wc-webhook-signature", ""))

    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        topic = headers.get("x-wc-webhook-topic", "")
        if translate := TOPICS.get(topic):
            return translate(payload, shop)
        return Meant(
            ignored=f"nothing is done with {topic or 'a webhook without a topic'}"
        )

    def is_hello(self, raw: bytes) -> bool:
        return HELLO.fullmatch(raw) is not None

    def topics(self) -> tuple[str, ...]:
        return tuple(TOPICS)


def _order(order: Payload, shop: Shop) -> Meant:
    """Tell what an order is now; what is not paid yet brings no purchase."""
    state = _state(order)
    codes = objects(order.get("coupon_lines"))
    properties = some(
        order_id=order.get("id"),
        currency=order.get("currency"),
        coupon=codes[0].get("code") if codes else None,
        products=[_line(line, shop) for line in objects(order.get("line_items"))],
        order_number=order.get("number"),
    )
    changed_at = utc(order.get("date_modified_gmt"))
    told = some(
        state=state,
        told_at=changed_at,
        ended_at=changed_at,
        refunds=[*_refunds(order, shop), *_whole(order)],
    )
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"woocommerce:order:{order.get('id')}",
        "timestamp": utc(order.get("date_created_gmt")),
        "properties": properties,
        "order": told,
    } | _who(order)
    if state == "pending":
        return Meant([message], ignored=f"the order is {order.get('status')}")
    return Meant([_buyer(order), message])


def _state(order: Payload) -> str:
    status = text_of(order.get("status"))
    if status in ENDED:
        return ENDED[status]
    is_paid = status in PAID or (status not in UNPAID and order.get("date_paid_gmt"))
    return "paid" if is_paid else "pending"


def _refunds(order: Payload, shop: Shop) -> list[dict[str, Any]]:
    return [
        _refund(one, n, order, shop)
        for n, one in enumerate(objects(order.get("refunds")))
    ]


def _refund(refund: Payload, n: int, order: Payload, shop: Shop) -> dict[str, Any]:
    """A refund of an order is a sum, of which nobody says for what; it holds its tax.

    Nor when: by the time at which the order was changed.
    """
    amount = abs(number(refund.get("total") or refund.get("amount")))
    lines = objects(order.get("line_items"))
    charged = sum((number(one.get("total")) for one in lines), Decimal(0))
    revenue = sum(
        (
            shop.revenue(number(one.get("total")), _tax(one), has_tax=False)
            for one in lines
        ),
        Decimal(0),
    )
    gross = charged + sum((_tax(one) or Decimal(0) for one in lines), Decimal(0))
    goods = round(amount * revenue / gross, 8) if gross > 0 else amount
    return some(
        id=refund.get("id") or f"without an id {n}",
        at=utc(order.get("date_modified_gmt")),
        amount=str(goods),
    )


def _tax(line: Payload) -> Decimal | None:
    return (
        number(line["total_tax"]) if line.get("total_tax") not in (None, "") else None
    )


def _whole(order: Payload) -> list[dict[str, Any]]:
    if order.get("status") != "refunded":
        return []
    return [some(id="all of it", at=utc(order.get("date_modified_gmt")), whole=True)]


def _gone(order: Payload, _shop: Shop) -> Meant:
    """A deleted order says its number alone."""
    message = {
        "type": "track",
        "event": "Order Cancelled",
        "messageId": f"woocommerce:gone:{order.get('id')}",
        "properties": some(order_id=order.get("id")),
        "order": {},
    }
    return Meant([message])


def _line(line: Payload, shop: Shop) -> dict[str, Any]:
    quantity = count_of(line.get("quantity"))
    charged = number(line.get("total"))
    revenue = shop.revenue(charged, _tax(line), has_tax=False)
    return some(
        line_id=line.get("id"),
        product_id=line.get("product_id") or line.get("sku"),
        variant_id=line.get("variation_id") or None,
        sku=line.get("sku"),
        name=line.get("name"),
        quantity=str(quantity),
        price=str(revenue / (quantity or 1)),
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
        "type": "identify",
        "userId": text_of(customer.get("id")),
        "timestamp": utc(customer.get("date_modified_gmt")),
        "traits": _traits(inner(customer, "billing")) | named,
    }
    return Meant([message])


def _customer_gone(customer: Payload, _shop: Shop) -> Meant:
    """WordPress hands on neither name nor address with a deleted account."""
    person = {
        "kind": "erasure",
        "customer_id": text_of(customer.get("id")),
        "email": text_of(customer.get("email")),
    }
    return Meant(asked=(person,))


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
    email = billing.get("email")
    # A phone that can't be read must not cost the order: beside an address nobody needs
    # it here.
    return {
        "context": {
            "traits": some(email=email, phone=None if email else billing.get("phone"))
        }
    }


def _product(product: Payload, shop: Shop) -> Meant:
    categories, images = (
        objects(product.get("categories")),
        objects(product.get("images")),
    )
    price = product.get("price")
    item = some(
        item_id=product.get("id"),
        title=product.get("name"),
        description=nh3.clean(
            text_of(product.get("description") or product.get("short_description")),
            tags=set(),
        ),
        category=categories[0].get("name") if categories else None,
        price=price,
        currency=shop.currency if price else None,
        image_url=images[0].get("src") if images else None,
        url=product.get("permalink"),
        sku=product.get("sku"),
    )
    is_sold = (
        product.get("status") == "publish"
        and product.get("stock_status") != "outofstock"
    )
    return Meant(items=[item | {"available": is_sold}])


def _product_gone(product: Payload, _shop: Shop) -> Meant:
    return Meant(items=[{"item_id": product.get("id"), "available": False}])


def utc(said: Any) -> Any:
    """Return one of WooCommerce's times in GMT with its zone."""
    return f"{said}Z" if isinstance(said, str) and said else None


TOPICS: dict[str, Callable[[Payload, Shop], Meant]] = {
    **dict.fromkeys(("order.created", "order.updated", "order.restored"), _order),
    "order.deleted": _gone,
    **dict.fromkeys(("customer.created", "customer.updated"), _customer),
    "customer.deleted": _customer_gone,
    **dict.fromkeys(
        ("product.created", "product.updated", "product.restored"), _product
    ),
    "product.deleted": _product_gone,
}
