"""What our columns are called on the page of an import."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "customers": (_("Customers"), _("Who they are: one row a person."), "groups"),
    "events": (
        _("Orders and events"),
        _("What they did: one row a line or act."),
        "receipt_long",
    ),
    "items": (_("Items"), _("What you sell: one row a product."), "inventory_2"),
    "consents": (
        _("Consents"),
        _("Who may be written to, by which channel."),
        "verified_user",
    ),
    "rates": (
        _("Rates of currencies"),
        _("What other currencies are worth."),
        "currency_exchange",
    ),
}
FIELDS = {
    "customer_id": _("Customer id"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "gender": _("Gender"),
    "birth_date": _("Birth date"),
    "age": _("Age"),
    "region": _("City or region"),
    "country": _("Country"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "signed_up_at": _("Signed up"),
    "item_id": _("Item id"),
    "title": _("Title"),
    "description": _("Description"),
    "brand": _("Brand"),
    "category": _("Category"),
    "price": _("Price"),
    "currency": _("Currency"),
    "available": _("Available"),
    "never_recommend": _("Never recommend"),
    "image_url": _("Address of the image"),
    "url": _("Address of the page"),
    "seller_id": _("Seller id"),
    "type": _("What happened"),
    "at": _("When"),
    "event_id": _("Event id"),
    "order_id": _("Order id"),
    "quantity": _("Quantity"),
    "discount": _("Discount of the line"),
    "text": _("Text"),
    "anonymous_id": _("Visitor id"),
    "session_id": _("Session id"),
    "campaign_id": _("Campaign id"),
    "coupon_code": _("Coupon code"),
    "channel": _("Channel"),
    "status": _("Consent"),
    "topic": _("Topic"),
    "source": _("Where it was given"),
    "ip": _("Network address"),
    "wording": _("Wording"),
    "date": _("Day"),
    "rate": _("Rate"),
}
HINTS = {
    "customer_id": _("The shop's own number; an e-mail address will do."),
    "type": _("purchase, return, view, cart, search or a word of your own"),
    "channel": _("email, sms, push or webhook"),
    "status": _("granted, pending or withdrawn; yes and no will do"),
    "at": _("When it happened or was stated."),
    "price": _("For one, after discounts."),
    "phone": _("Numbers without a country code are read as the shop's country."),
}


def field_word(name: str) -> str:
    """Return what one of our columns is called."""
    return str(FIELDS.get(name, name))
