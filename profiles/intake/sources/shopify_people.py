"""Shopify's customers: who they are, what they agreed to, and what they ask for through
the shop.
"""

from typing import Any

from profiles.intake.sources.contract import Meant, Payload, Shop, inner, some, text_of
from profiles.intake.values import Refused

CONSENT = {"subscribed": "granted", "pending": "pending", "unsubscribed": "withdrawn"}


def told_customer(customer: Payload, _shop: Shop) -> Meant:
    return Meant([customer_message({"customer": customer})])


def customer_message(order: Payload) -> dict[str, Any]:
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
    return message | who(order)


def who(order: Payload) -> dict[str, Any]:
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


def erasure(payload: Payload, _shop: Shop) -> Meant:
    """A shop hands on that somebody is to be forgotten, or deleted the account itself."""
    return Meant(asked=(_person(payload, "erasure"),))


def export(payload: Payload, _shop: Shop) -> Meant:
    return Meant(asked=(_person(payload, "export"),))


def shop_erasure(_payload: Payload, _shop: Shop) -> Meant:
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
