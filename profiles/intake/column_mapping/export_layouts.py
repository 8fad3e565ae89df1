"""How the exports of well-known systems are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KnownExport:
    """One export of one program: the columns that give it away, and how it is read."""

    name: str
    signs: tuple[str, ...]
    mapping: dict[str, Any]

    def fits(self, header: Sequence[str]) -> bool:
        there = {plain(one) for one in header}
        return all(plain(one) in there for one in self.signs)


def plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())


SHOPIFY_PERSON = {
    "customer_id": ["Customer ID", "Email", "Phone"],
    "email": "Email",
    "phone": ["Phone", "Default Address Phone"],
    "first_name": "First Name",
    "last_name": "Last Name",
    "country": ["Default Address Country Code", "Country Code", "Country"],
    "region": ["Default Address City", "City"],
}


MAILCHIMP_PERSON = {
    "customer_id": "Email Address",
    "email": "Email Address",
    "first_name": "First Name",
    "last_name": "Last Name",
    "phone": ["Phone Number", "Phone"],
    "birth_date": "Birthdate",
    "time_zone": "TIMEZONE",
    "country": "CC",
    "signed_up_at": ["OPTIN_TIME", "CONFIRM_TIME"],
}


KLAVIYO_TIMES = {
    "email": [
        "Email Marketing Consent Timestamp",
        "Email Marketing Consent Date",
        "Consent Timestamp",
        "$consent_timestamp",
        "Profile Created On",
        "Date Added",
        "Created",
    ],
    "sms": [
        "SMS Marketing Consent Timestamp",
        "SMS Marketing Consent Date",
        "SMS Consent Timestamp",
        "Profile Created On",
        "Date Added",
        "Created",
    ],
}


KLAVIYO_WORDS = {
    "subscribed": "granted",
    "true": "granted",
    "unsubscribed": "withdrawn",
    "suppressed": "withdrawn",
    "user_suppressed": "withdrawn",
    "false": "withdrawn",
}


NEVER_ASKED = ["never subscribed", "never_subscribed", "no consent", "not subscribed"]


KNOWN = (
    KnownExport(
        "Shopify: customers",
        ("First Name", "Last Name", "Email", "Accepts Email Marketing", "Total Spent"),
        {"kind": "customers", "columns": SHOPIFY_PERSON, "keep": ["Tags", "Note"]},
    ),
    KnownExport(
        "Shopify: customers",
        ("First Name", "Last Name", "Email", "Accepts Marketing", "Total Spent"),
        {"kind": "customers", "columns": SHOPIFY_PERSON, "keep": ["Tags", "Note"]},
    ),
    KnownExport(
        "Shopify: e-mail consents of customers",
        ("First Name", "Email", "Accepts Email Marketing", "Total Orders"),
        {
            "kind": "consents",
            "columns": {
                "customer_id": ["Customer ID", "Email", "Phone"],
                "status": "Accepts Email Marketing",
            },
            "fixed": {"channel": "email"},
            "leave_out": [{"column": "Accepts Email Marketing", "is": NEVER_ASKED}],
            "keep": [],
        },
    ),
    KnownExport(
        "Shopify: SMS consents of customers",
        ("First Name", "Email", "Accepts SMS Marketing", "Total Orders"),
        {
            "kind": "consents",
            "columns": {
                "customer_id": ["Customer ID", "Email", "Phone"],
                "status": "Accepts SMS Marketing",
            },
            "fixed": {"channel": "sms"},
            "leave_out": [{"column": "Accepts SMS Marketing", "is": NEVER_ASKED}],
            "keep": [],
        },
    ),
    KnownExport(
        "Shopify: orders",
        ("Name", "Email", "Financial Status", "Lineitem quantity", "Lineitem price"),
        {
            "kind": "events",
            "columns": {
                "email": "Email",
                "at": ["Created at", "Paid at"],
                "order_id": "Name",
                "item_id": ["Lineitem sku", "Lineitem name"],
                "quantity": "Lineitem quantity",
                "price": "Lineitem price",
                "discount": "Lineitem discount",
                "currency": "Currency",
                "coupon_code": "Discount Code",
            },
            "fixed": {"type": "purchase"},
            "keep": ["Lineitem name", "Vendor", "Shipping Country"],
            # only the first line of an order says these
            "carry": {
                "by": "Name",
                "columns": [
                    "Email",
                    "Currency",
                    "Created at",
                    "Paid at",
                    "Financial Status",
                    "Cancelled at",
                    "Discount Code",
                    "Shipping Country",
                ],
            },
            "leave_out": [
                {"column": "Cancelled at"},
                {"column": "Financial Status", "is": ["voided", "refunded", "expired"]},
            ],
        },
    ),
    KnownExport(
        "Shopify: products",
        ("Handle", "Title", "Body (HTML)", "Vendor", "Variant Price"),
        {
            "kind": "items",
            "columns": {
                "item_id": ["Variant SKU", "Handle"],
                "title": "Title",
                "description": "Body (HTML)",
                "brand": "Vendor",
                "category": ["Product Category", "Type"],
                "price": "Variant Price",
                "image_url": ["Variant Image", "Image Src"],
                "available": ["Status", "Published"],
            },
            "values": {
                "available": {"active": "true", "draft": "false", "archived": "false"}
            },
            "keep": ["Tags"],
            "carry": {
                "by": "Handle",
                "columns": [
                    "Title",
                    "Body (HTML)",
                    "Vendor",
                    "Product Category",
                    "Type",
                    "Status",
                    "Published",
                    "Tags",
                    "Variant SKU",
                    "Variant Price",
                    "Image Src",
                ],
            },
        },
    ),
    KnownExport(
        "WooCommerce: customers",
        ("Name", "Username", "Last active", "Sign up", "Email", "Total spend"),
        {
            "kind": "customers",
            "columns": {
                "customer_id": "Email",
                "email": "Email",
                "first_name": "Name",
                "country": "Country / Region",
                "region": "City",
                "signed_up_at": ["Sign up", "Date registered"],
            },
            "keep": ["Username", "Postal code"],
        },
    ),
    KnownExport(
        "WooCommerce: orders",
        ("Order Number", "Order Status", "Order Date", "Item Name", "Item Cost"),
        {
            "kind": "events",
            "columns": {
                "email": ["Email (Billing)", "Customer Email"],
                "customer_id": "Customer User ID",
                "at": ["Order Date", "Paid Date"],
                "order_id": "Order Number",
                "item_id": ["SKU", "Product Id", "Item Name"],
                "quantity": ["Quantity (- Refund)", "Quantity"],
                "price": "Item Cost",
                "coupon_code": "Coupon Code",
                "currency": ["Order Currency", "Currency"],
            },
            "fixed": {"type": "purchase"},
            "keep": ["Item Name"],
            "leave_out": [
                {
                    "column": "Order Status",
                    "is": [
                        "cancelled",
                        "failed",
                        "pending payment",
                        "refunded",
                        "draft",
                    ],
                }
            ],
        },
    ),
    KnownExport(
        "WooCommerce: products",
        ("ID", "Type", "SKU", "Name", "Published", "Regular price", "Categories"),
        {
            "kind": "items",
            "columns": {
                "item_id": ["SKU", "ID"],
                "title": "Name",
                "description": ["Short description", "Description"],
                "category": "Categories",
                "brand": "Brands",
                "price": ["Sale price", "Regular price"],
                "image_url": "Images",
                "available": "In stock?",
            },
            "values": {"available": {"backorder": "true", "instock": "true"}},
            "keep": ["Tags"],
            "leave_out": [{"column": "Published", "is": ["-1", "0"]}],
        },
    ),
    *(
        KnownExport(
            f"Mailchimp: {audience} contacts",
            ("Email Address", *signs, "LEID", "EUID"),
            {
                "kind": "consents",
                "columns": {"customer_id": "Email Address", "at": times, "ip": ips},
                "fixed": {"channel": "email", "status": status},
                "keep": [],
            },
        )
        for audience, signs, times, ips, status in (
            (
                "unsubscribed",
                ("UNSUB_TIME",),
                "UNSUB_TIME",
                "UNSUB_IP",
                "withdrawn",
            ),
            ("cleaned", ("CLEAN_TIME",), "CLEAN_TIME", "OPTIN_IP", "withdrawn"),
        )
    ),
    KnownExport(
        "Mailchimp: contacts",
        ("Email Address", "MEMBER_RATING", "LEID", "EUID"),
        {"kind": "customers", "columns": MAILCHIMP_PERSON, "keep": ["TAGS"]},
    ),
    KnownExport(
        "Mailchimp: consents of subscribed contacts",
        ("Email Address", "OPTIN_TIME", "LEID"),
        {
            "kind": "consents",
            "columns": {
                "customer_id": "Email Address",
                "at": ["CONFIRM_TIME", "OPTIN_TIME", "LAST_CHANGED"],
                "ip": ["CONFIRM_IP", "OPTIN_IP"],
            },
            "fixed": {"channel": "email", "status": "granted"},
            "keep": [],
        },
    ),
    KnownExport(
        "Klaviyo: profiles",
        ("Email", "First Name", "Last Name", "Email Marketing Consent"),
        {
            "kind": "customers",
            "columns": {
                "customer_id": ["External ID", "Email", "Phone Number"],
                "email": "Email",
                "phone": "Phone Number",
                "first_name": "First Name",
                "last_name": "Last Name",
                "country": "Country",
                "region": ["City", "State / Region"],
                "language": "Locale",
                "signed_up_at": ["Profile Created On", "Date Added", "Created"],
            },
            "keep": [],
        },
    ),
    *(
        KnownExport(
            f"Klaviyo: {shown} consents",
            ("Email", "First Name", column),
            {
                "kind": "consents",
                "columns": {
                    "customer_id": ["External ID", "Email", "Phone Number"],
                    "status": column,
                    "at": KLAVIYO_TIMES[channel],
                },
                "fixed": {"channel": channel},
                "values": {"status": KLAVIYO_WORDS},
                "leave_out": [{"column": column, "is": NEVER_ASKED}],
                "keep": [],
            },
        )
        for shown, channel, column in (
            ("e-mail", "email", "Email Marketing Consent"),
            ("SMS", "sms", "SMS Marketing Consent"),
            ("SMS", "sms", "SMS Consent"),
        )
    ),
)
