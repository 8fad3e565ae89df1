"""A signed webhook posted to the running server: one customer gets a message within a
second.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any

import requests
from django.conf import settings
from standardwebhooks import Webhook

from campaigns.delivery.sinks import log
from campaigns.inbound import hook_secrets
from campaigns.models import Campaign, Hook, InboundWebhook
from profiles.models import Customer, Event
from retention_site.lib import clock
from retention_site.lib.commands import Failed

from .stage import Stage

SLUG, EVENT_ID = "order-placed", "demo-order-1"
PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.02


def post(stage: Stage, campaign: Campaign) -> dict[str, Any]:
    """Post the newest order of a customer as the shop's till would; return how long the
    message took.
    """
    if InboundWebhook.objects.filter(event_id=EVENT_ID).exists():
        stage.say("Signed webhook: posted before")
        return {"was_done": True}
    payload, address = _order()
    # a run that was killed before its call: nobody else knows this secret
    Hook.objects.filter(slug=SLUG).delete()
    _hook, secret = hook_secrets.create(
        SLUG, campaign, customer_field="customer_id", key_field="order_id"
    )
    with stage.step("Post a signed webhook, wait for its message") as facts:
        before = time.monotonic()
        answered = _call(secret, payload)
        taken = _wait_for(address)
        facts["answer_seconds"] = round(answered - before, 3)
        facts["message_seconds"] = round(taken - before, 3)
        answer, arrival = facts["answer_seconds"], facts["message_seconds"]
        facts["words"] = (
            f"answered in {answer:.2f} s, in the inbox of {address} after"
            f" {arrival:.2f} s"
        )
    return facts


def _order() -> tuple[dict[str, str], str]:
    """The newest order before now of a customer who prefers e-mail, and her address."""
    willing = Customer.objects.known().filter(
        traits__preferred_channel="email",
        consents__channel="email",
        consents__status="granted",
    )
    found = (
        Event.objects.filter(type="purchase", at__lt=clock.now(), customer__in=willing)
        .order_by("-at")
        .first()
    )
    if found is None:
        raise Failed("The demo shop has no orders; was its import stopped?")
    lines = Event.objects.filter(customer=found.customer_id, order_id=found.order_id)
    total = sum((line.quantity or 0) * (line.price or 0) for line in lines)
    payload = {
        "customer_id": found.customer.external_id,
        "order_id": found.order_id or "",
        "total": f"{settings.SHOP_CURRENCY} {total:.2f}",
    }
    return payload, found.customer.email


def _call(secret: str, payload: dict[str, str]) -> float:
    body, moment = json.dumps(payload), datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": EVENT_ID,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(EVENT_ID, moment, body),
    }
    url = f"{settings.BASE_URL}/hooks/{SLUG}"
    try:
        answer = requests.post(url, data=body.encode(), headers=headers, timeout=10)
    except requests.ConnectionError as error:
        raise Failed(
            f"No server answers at {settings.BASE_URL}; `make demo` starts one."
        ) from error
    if answer.status_code != requests.codes.ok:
        raise Failed(f"{url} answered {answer.status_code}: {answer.text[:200]}")
    return time.monotonic()


def _wait_for(address: str) -> float:
    """Return when a mail to this address stood in the sink's own log."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends_at:
        if any(address in str(line["to"]) for line in log.read("email")):
            return time.monotonic()
        time.sleep(LOOK_SECONDS)
    raise Failed(
        f"The webhook was answered, but no message for {address} reached the sink in"
        f" {PATIENCE_SECONDS:.0f} s."
    )
