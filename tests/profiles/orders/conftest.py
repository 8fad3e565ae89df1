"""Shops that tell of their orders, by webhook and by the tracking API."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import F, Sum

from profiles.intake.sources import source_webhooks
from profiles.models import ApiKey, Event
from tests.profiles.intake_api.test_sources import signature

HEADERS = {
    "shopify": ("X-Shopify-Topic", "X-Shopify-Hmac-Sha256"),
    "woocommerce": ("X-WC-Webhook-Topic", "X-WC-Webhook-Signature"),
}
FIELD = Path(__file__).parent / "data"


@pytest.fixture
def shop(client) -> Callable:
    """Post webhooks of a shop system: ``shop("shopify")(topic, payload)``."""

    def made(kind: str, slug: str = "") -> Callable:
        slug = slug or kind
        secret = source_webhooks.make(slug, kind, secret="shpss_1")[1]
        topic, signed = HEADERS[kind]

        def post(said: str, payload: dict):
            raw = json.dumps(payload).encode()
            headers = {topic: said, signed: signature(secret, raw)}
            address = f"/v1/sources/{slug}"
            answer = client.post(
                address, raw, content_type="application/json", headers=headers
            )
            assert answer.status_code == 200, answer.content
            return answer.json()

        return post

    return made


@pytest.fixture
def segment(client, db) -> Callable:
    """Post one tracking message."""
    _key, secret = ApiKey.make("write", name="web")

    def track(event: str, message_id: str, **message):
        body = {
            "type": "track",
            "event": event,
            "messageId": message_id,
            "userId": "anna",
        } | message
        answer = client.post(
            "/v1/track",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    return track


def left(**of) -> Decimal:
    """Return the net money of purchases and returns."""
    facts = Event.objects.filter(type__in=("purchase", "return"), **of)
    return facts.aggregate(sum=Sum(F("quantity") * F("price")))["sum"] or Decimal(0)
