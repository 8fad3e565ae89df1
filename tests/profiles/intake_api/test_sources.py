"""Webhooks of shop systems: their signatures, their words, sent again and again."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from standardwebhooks import Webhook

from profiles.intake.sources import source_webhooks
from profiles.models import Consent, Customer, Event, Item, QuarantinedRow
from retention_site.lib.clock import real_now
from retention_site.lib.security import encrypted_fields

pytestmark = pytest.mark.django_db
SHOPIFY_ORDER = {
    "id": 820982911946154508,
    "email": "jon@shop.example",
    "currency": "EUR",
    "created_at": "2025-03-01T12:00:00+01:00",
    "processed_at": "2025-03-01T12:00:05+01:00",
    "name": "#1001",
    "discount_codes": [{"code": "SPRING"}],
    "customer": {
        "id": 115310627314723954,
        "email": "jon@shop.example",
        "first_name": "Jon",
        "last_name": "Snow",
        "updated_at": "2025-03-01T12:00:00+01:00",
        "default_address": {"country_code": "DE", "province": "Berlin"},
        "email_marketing_consent": {
            "state": "subscribed",
            "consent_updated_at": "2025-02-01T12:00:00+01:00",
        },
        "sms_marketing_consent": {"state": "not_subscribed"},
    },
    "line_items": [
        {
            "id": 1,
            "product_id": 632910392,
            "title": "IPod",
            "quantity": 2,
            "price": "199.00",
            "discount_allocations": [{"amount": "18.00"}, {"amount": "2.00"}],
        },
        {"id": 2, "product_id": None, "sku": "GIFT", "quantity": 1, "price": "10.00"},
    ],
    "refunds": [],
}
TEA = {"article": "tea", "each": [3]}
WOO_ORDER = {
    "id": 727,
    "number": "727",
    "status": "processing",
    "currency": "USD",
    "date_created_gmt": "2025-03-01T11:00:00",
    "date_paid_gmt": "2025-03-01T11:01:00",
    "date_modified_gmt": "2025-03-02T11:00:00",
    "customer_id": 0,
    "billing": {
        "email": "guest@shop.example",
        "first_name": "Gil",
        "country": "US",
        "phone": "(555) 555-5555",
    },
    "line_items": [
        {
            "id": 315,
            "product_id": 93,
            "quantity": 2,
            "subtotal": "6.00",
            "total": "5.00",
            "name": "Bread",
        }
    ],
    "coupon_lines": [{"code": "ten"}],
}


def signature(secret: str, raw: bytes) -> str:
    return base64.b64encode(
        hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    ).decode()


@pytest.fixture
def shopify(client):
    source, secret = source_webhooks.make("shop", "shopify", secret="shpss_1")

    def post(topic: str, payload, *, signed_by: str = secret, raw: bytes | None = None):
        raw = json.dumps(payload).encode() if raw is None else raw
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature(signed_by, raw),
        }
        return client.post(
            "/v1/sources/shop", raw, content_type="application/json", headers=headers
        )

    post.source = source
    return post


@pytest.fixture
def woocommerce(client):
    secret = source_webhooks.make("woo", "woocommerce")[1]

    def post(topic: str, payload):
        raw = json.dumps(payload).encode()
        headers = {
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": signature(secret, raw),
        }
        return client.post(
            "/v1/sources/woo", raw, content_type="application/json", headers=headers
        )

    return post


def lines() -> list[tuple]:
    return list(
        Event.objects.order_by("at", "item_id").values_list(
            "type", "item_id", "quantity", "price", "discount"
        )
    )


def test_shopify_order_is_purchases_of_its_customer(shopify):
    assert shopify("orders/create", SHOPIFY_ORDER).json()["stored"] == 2
    assert lines() == [
        ("purchase", "632910392", 2, 189, 20),
        ("purchase", "GIFT", 1, 10, 0),
    ]
    jon = Customer.objects.get()
    assert (jon.external_id, jon.email, jon.first_name, jon.country) == (
        "115310627314723954",
        "jon@shop.example",
        "Jon",
        "DE",
    )
    event = Event.objects.first()
    assert (event.order_id, event.currency, event.coupon_code, event.source) == (
        "820982911946154508",
        "EUR",
        "SPRING",
        "shop",
    )
    assert event.at == datetime(2025, 3, 1, 11, 0, 5, tzinfo=UTC)
    assert list(Consent.objects.values_list("channel", "status", "source")) == [
        ("email", "granted", "Shopify")
    ]


def test_shopify_order_that_comes_again_and_again_is_stored_once(shopify):
    for topic in ("orders/create", "orders/paid", "orders/updated", "orders/create"):
        assert (
            shopify(
                topic, SHOPIFY_ORDER | {"line_items": SHOPIFY_ORDER["line_items"][::-1]}
            ).status_code
            == 200
        )
    assert Event.objects.count() == 2
    assert Consent.objects.count() == 1


def test_shopify_refund_comes_with_its_order(shopify):
    refund = {
        "id": 509562969,
        "order_id": SHOPIFY_ORDER["id"],
        "created_at": "2025-03-05T12:00:00Z",
        "refund_line_items": [
            {
                "id": 104689539,
                "quantity": 1,
                "subtotal": 189.0,
                "line_item": {"product_id": 632910392},
            }
        ],
    }
    shopify("orders/create", SHOPIFY_ORDER)
    shopify("orders/updated", SHOPIFY_ORDER | {"refunds": [refund]})
    shopify("orders/updated", SHOPIFY_ORDER | {"refunds": [refund]})
    assert lines()[2:] == [("return", "632910392", -1, 189, None)]


def test_shopify_product_and_customer(shopify):
    product = {
        "id": 7,
        "title": "Oat bread",
        "body_html": "<p>Crisp <b>crust</b></p>",
        "vendor": "Mill",
        "status": "active",
        "product_type": "Bread",
        "variants": [{"price": "3.50"}, {"price": "2.99"}],
        "image": {"src": "https://i/1.png"},
    }
    shopify("products/create", product)
    item = Item.objects.get()
    assert (item.external_id, item.description, item.price, item.available) == (
        "7",
        "Crisp crust",
        Decimal("2.99"),
        True,
    )
    shopify("products/delete", {"id": 7})
    assert not Item.objects.get().available
    shopify(
        "customers/update",
        SHOPIFY_ORDER["customer"]
        | {
            "first_name": "Jonny",
            "updated_at": "2025-03-03T00:00:00Z",
        },
    )
    shopify("customers/update", SHOPIFY_ORDER["customer"])
    assert Customer.objects.get().first_name == "Jonny", (
        "the older statement came later"
    )


def test_guest_of_woocommerce_becomes_the_customer_who_signs_up_with_the_address(
    woocommerce,
):
    assert (
        woocommerce("order.created", WOO_ORDER | {"status": "pending"}).json()[
            "ignored"
        ]
        == "the order is pending"
    )
    assert woocommerce("order.updated", WOO_ORDER).json()["stored"] == 1
    woocommerce(
        "customer.created",
        {
            "id": 5,
            "email": "guest@shop.example",
            "date_created_gmt": "2025-03-01T12:00:00",
        },
    )
    assert lines() == [("purchase", "93", 2, Decimal("2.5"), 1)]
    event = Event.objects.select_related("customer__merged_into").get()
    assert (event.customer.merged_into or event.customer).external_id == "5"
    assert Customer.objects.get(external_id="5").phone == "+15555555555"
    assert (
        woocommerce("order.updated", WOO_ORDER | {"status": "refunded"}).json()[
            "stored"
        ]
        == 1
    )
    assert lines()[1][:3] == ("return", "93", -2)


def test_woocommerce_product_and_customer(woocommerce):
    product = {
        "id": 93,
        "name": "Oat bread",
        "description": "<p>Crisp <b>crust</b></p>",
        "price": "2.50",
        "status": "publish",
        "categories": [{"name": "Bread"}],
        "stock_status": "instock",
        "permalink": "https://shop.example/bread",
    }
    woocommerce("product.created", product)
    item = Item.objects.get()
    assert (
        item.external_id,
        item.description,
        item.price,
        item.category,
        item.available,
    ) == (
        "93",
        "Crisp crust",
        Decimal("2.5"),
        "Bread",
        True,
    )
    woocommerce("product.updated", product | {"stock_status": "outofstock"})
    assert not Item.objects.get().available
    woocommerce(
        "customer.updated", {"id": 5, "email": "gil@shop.example", "first_name": "Gil"}
    )
    assert Customer.objects.get(external_id="5").first_name == "Gil"


def test_what_is_not_signed_by_woocommerce_is_refused(woocommerce, client):
    raw = json.dumps(WOO_ORDER).encode()
    for said in ({}, {"X-WC-Webhook-Signature": signature("other", raw)}):
        headers = {"X-WC-Webhook-Topic": "order.created", **said}
        answer = client.post(
            "/v1/sources/woo", raw, content_type="application/json", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed")
    assert not Event.objects.exists()
    assert not Customer.objects.exists()


def test_greeting_of_woocommerce_is_answered(client, woocommerce):
    answer = client.post(
        "/v1/sources/woo",
        b"webhook_id=12",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, answer.json()["ignored"]) == (200, "a greeting")


@pytest.mark.parametrize("change", ["secret", "byte", "missing"])
def test_what_is_not_signed_is_refused(shopify, client, change):
    raw = json.dumps(SHOPIFY_ORDER).encode()
    signed = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": signature("shpss_1", raw),
    }
    if change == "secret":
        signed["X-Shopify-Hmac-Sha256"] = signature("other", raw)
    if change == "missing":
        del signed["X-Shopify-Hmac-Sha256"]
    if change == "byte":
        raw = raw.replace(b"jon@", b"ann@")
    answer = client.post(
        "/v1/sources/shop", raw, content_type="application/json", headers=signed
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed")
    assert not Event.objects.exists()


def test_both_secrets_are_valid_while_one_replaces_the_other(shopify):
    source, moment = shopify.source, real_now()
    source.secrets = encrypted_fields.rotated(
        source.secrets, "new", moment=moment, until=moment + timedelta(hours=1)
    )
    source.save()
    assert (
        shopify("orders/create", SHOPIFY_ORDER, signed_by="shpss_1").status_code == 200
    )
    assert shopify("orders/create", SHOPIFY_ORDER, signed_by="new").status_code == 200
    source.secrets = encrypted_fields.rotated(
        source.secrets, "newer", moment=moment, until=moment
    )
    source.save()
    assert shopify("orders/create", SHOPIFY_ORDER, signed_by="new").status_code == 401


def test_unknown_topic_and_bad_order_are_answered_so_that_the_sender_does_not_give_up(
    shopify,
):
    assert (
        shopify("themes/publish", {"id": 1})
        .json()["ignored"]
        .startswith("nothing is done with themes/publish")
    )
    bad = shopify("orders/create", SHOPIFY_ORDER | {"currency": "pounds"})
    assert (bad.status_code, bad.json()["failed"][0]["field"]) == (200, "currency")
    assert QuarantinedRow.objects.get().source == "shop"
    assert shopify("orders/create", None, raw=b"{").status_code == 400
    for strange in (
        {},
        [],
        {"line_items": "x", "customer": 7, "id": None},
        {"line_items": [{}, None]},
    ):
        assert shopify("orders/create", strange).status_code == 200


def test_unknown_source_is_not_found(client):
    assert (
        client.post(
            "/v1/sources/nobody", b"{}", content_type="application/json"
        ).status_code
        == 404
    )


def test_mapping_reads_any_payload(client):
    mapping = {
        "type": "kind",
        "customer_id": "buyer.no",
        "email": "buyer.mail",
        "at": "when",
        "order_id": "bill.no",
        "currency": "'CHF'",
        "lines": "bill.rows",
        "lines.item_id": "article",
        "lines.quantity": "pieces",
        "lines.price": "each.0",
        "table": "seat",
    }
    secret = source_webhooks.make("till", "mapped", mapping=mapping)[1]
    payload = {
        "kind": "Order Completed",
        "buyer": {"no": 7, "mail": "ann@shop.example"},
        "when": "2025-03-01T12:00:00Z",
        "bill": {
            "no": "b1",
            "rows": [{"article": "soup", "pieces": 2, "each": [4.5]}, TEA],
        },
        "seat": 4,
    }
    raw = json.dumps(payload)
    sent = datetime.now(UTC)
    headers = {
        "webhook-id": "w1",
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": Webhook(secret).sign("w1", sent, raw),
    }
    for _ in range(2):
        answer = client.post(
            "/v1/sources/till", raw, content_type="application/json", headers=headers
        )
        assert answer.status_code == 200, answer.content
    assert lines() == [
        ("purchase", "soup", 2, Decimal("4.5"), None),
        ("purchase", "tea", 1, 3, None),
    ]
    assert Event.objects.get(item_id="soup").properties == {"table": 4}
    assert Customer.objects.get(external_id="7").email == "ann@shop.example"
    svix = {name.replace("webhook-", "svix-"): said for name, said in headers.items()}
    again = client.post(
        "/v1/sources/till", raw, content_type="application/json", headers=svix
    )
    assert (again.status_code, again.json()["stored"]) == (200, 0)
    stale = headers | {"webhook-timestamp": str(int(sent.timestamp()) - 600)}
    assert (
        client.post(
            "/v1/sources/till", raw, content_type="application/json", headers=stale
        ).status_code
        == 401
    )


def test_command_makes_a_source(capsys, db):
    from django.core.management import call_command

    call_command("source", "create", "shop", "--kind", "woocommerce", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["address"].endswith("/v1/sources/shop")
    assert said["secret"].startswith("whsec_")
