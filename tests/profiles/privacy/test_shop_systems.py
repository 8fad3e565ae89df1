"""A shop system that sends an erased customer's orders again brings nothing of them
back.
"""

import json

import pytest

from profiles.intake.sources import source_webhooks
from profiles.models import Customer, Event
from profiles.privacy import erasure
from tests import looking
from tests.profiles.intake_api.test_sources import SHOPIFY_ORDER, WOO_ORDER, signature

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_folders"),
]
BUYER = SHOPIFY_ORDER["customer"]
GIL = WOO_ORDER | {"customer_id": 5}
SHOPS = {
    "shopify": (
        "X-Shopify-Topic",
        "X-Shopify-Hmac-Sha256",
        {"orders/create": SHOPIFY_ORDER, "customers/update": BUYER},
    ),
    "woocommerce": (
        "X-WC-Webhook-Topic",
        "X-WC-Webhook-Signature",
        {
            "order.created": GIL,
            "customer.created": {
                "id": 5,
                "email": "guest@shop.example",
                "first_name": "Gil",
            },
        },
    ),
}
WORDS = {
    "shopify": ("jon@shop.example", "Snow"),
    "woocommerce": ("guest@shop.example", "+15555555555"),
}


@pytest.mark.parametrize("kind", SHOPS)
def test_orders_of_an_erased_customer_sent_again_stay_away(client, kind):
    topic, signed, payloads = SHOPS[kind]
    secret = source_webhooks.make("shop", kind)[1]

    def everything_is_sent() -> None:
        for said, payload in payloads.items():
            raw = json.dumps(payload).encode()
            headers = {topic: said, signed: signature(secret, raw)}
            sent = client.post(
                "/v1/sources/shop",
                raw,
                content_type="application/json",
                headers=headers,
            )
            assert sent.status_code == 200

    everything_is_sent()
    customer = Customer.objects.get(merged_into=None)
    assert Event.objects.exists()
    assert looking.hits(WORDS[kind])
    erasure.finish(erasure.begin(customer.external_id))
    for _ in range(2):
        everything_is_sent()
    assert looking.hits(WORDS[kind]) == {}
    assert not Event.objects.exists()
