"""A shop with messages to send, and its sinks: what the tests of delivery and of its
faults share.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from standardwebhooks import Webhook

from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.delivery.sinks import log, ports, server
from campaigns.inbound import hook_secrets
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.models import Campaign, CampaignVersion, Hook, Message, Run
from campaigns.rendering import link_tracking
from campaigns.triggers import armed_triggers
from profiles.models import Consent, Customer, Device
from retention_site.lib import embedded
from retention_site.lib.clock import now, real_now
from tests import factories

LEASE_SECONDS = 2.0
RETRY_SECONDS = 0.3
WORDS = {
    "email": {
        "subject": "Hello {{ customer.first_name }}",
        "html": (
            "<html><body><p>Dear {{ customer.first_name }}</p><a"
            " href='https://shop.example/bread'>Bread</a><a href='{{ unsubscribe_url"
            " }}'>Unsubscribe</a></body></html>"
        ),
        "text": "Dear {{ customer.first_name }}\n{{ unsubscribe_url }}",
    },
    "sms": {"text": "Dear {{ customer.first_name }}"},
    "push": {
        "title": "Hello",
        "text": "Dear {{ customer.first_name }}",
        "url": "https://shop.example/bread",
    },
    "webhook": {"text": "{{ customer.first_name }}"},
}
CONTENT: dict[str, Any] = {
    "kind": "marketing",
    "topic": "offers",
    "arms": [{"name": "treated"}],
    "messages": WORDS,
    "limits": {},
    "quiet_hours": None,
}
_numbers = itertools.count(1)


@pytest.fixture
def shop(settings, tmp_path: Path) -> Iterator[Path]:
    """A folder of this test's own for sinks and logs, short leases, and nothing
    remembered from other tests.
    """
    settings.DATA_DIR = tmp_path / "shop"
    settings.DATA_DIR.mkdir()
    settings.SEND_BATCH = 20
    settings.SEND_LEASE_SECONDS, settings.SEND_RETRY_SECONDS = (
        LEASE_SECONDS,
        RETRY_SECONDS,
    )
    link_tracking._ids.clear()
    yield settings.DATA_DIR
    link_tracking._ids.clear()


@pytest.fixture
def unhurried(shop: Path, settings) -> None:
    """Leases as long as in earnest, for tests of what is sent and not of how long it
    may take.
    """
    settings.SEND_LEASE_SECONDS = 60.0


@pytest.fixture
def shop_environment(transactional_db: None, shop: Path) -> dict[str, str]:
    """The environment in which other processes work on this test's shop."""
    name = connection.settings_dict["NAME"]
    url = embedded.database_url().replace(f"/{embedded.DATABASE}?", f"/{name}?")
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DATA_DIR": str(shop),
        "SECRET_KEY": django_settings.SECRET_KEY,
        "SEND_BATCH": str(django_settings.SEND_BATCH),
        "SEND_LEASE_SECONDS": str(LEASE_SECONDS),
        "SEND_RETRY_SECONDS": str(RETRY_SECONDS),
    }


@pytest.fixture
def local_sinks(shop: Path) -> Iterator[ports.Ports]:
    """The sinks, in threads of the test's own process."""
    with server.serving() as listening:
        yield listening


def taken(channel: str = "email") -> list[dict[str, Any]]:
    """Return what a sink of this test's shop took."""
    return list(log.read(channel))


def make_send(
    n: int = 1,
    channel: str = "email",
    *,
    lane: str = "bulk",
    customers: list[Customer] | None = None,
    **content: Any,
) -> Run:
    """A run with ``n`` messages waiting, each to a customer who agreed to it; keywords
    change the content.
    """
    campaign = factories.make_campaign()
    version = _approved(campaign, {**CONTENT, "name": campaign.name, **content})
    customers = customers or make_customers(n, channel)
    run = factories.make_run(campaign, version, n_audience=len(customers))
    Message.objects.bulk_create(
        Message(
            run=run,
            campaign=campaign,
            customer=customer,
            dedupe_key=f"{run.pk}:{customer.pk}",
            state=Message.State.QUEUED,
            arm="treated",
            channel=channel,
            lane=lane,
            context={"customer": {"first_name": customer.first_name}},
            not_before=now(),
        )
        for customer in customers
    )
    return run


def _approved(campaign: Campaign, content: dict[str, Any]) -> CampaignVersion:
    """An approved version; its two people can't sign in, which spares two slow password
    hashes.
    """
    users = get_user_model().objects
    author, approver = (
        users.get_or_create(username=name)[0] for name in ("author", "approver")
    )
    return CampaignVersion.objects.create(
        campaign=campaign,
        number=1,
        content=content,
        hash=hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest(),
        salt="salt",
        state=CampaignVersion.State.APPROVED,
        author=author,
        approver=approver,
        approved_at=now(),
    )


def make_customers(n: int, *channels: str, **facts: Any) -> list[Customer]:
    """Customers who agreed to these channels, with an address on each."""
    start = next(_numbers) * 100_000
    customers = Customer.objects.bulk_create(
        Customer(
            **{
                "external_id": f"s{start + i}",
                "email": f"s{start + i}@customers.example",
                "phone": f"+49301{start + i:08}",
                "first_name": "Ada",
            }
            | facts
        )
        for i in range(n)
    )
    Consent.objects.bulk_create(
        Consent(
            customer=customer,
            channel=channel,
            status="granted",
            at=now() - timedelta(days=9),
        )
        for customer in customers
        for channel in channels
    )
    if "push" in channels:
        Device.objects.bulk_create(
            Device(
                customer=customer,
                kind=Device.Kind.FCM,
                token=f"device-{customer.external_id}",
            )
            for customer in customers
        )
    return customers


@dataclass(frozen=True)
class Sender:
    """Someone who signs webhooks."""

    secret: str

    def signed(
        self, payload: Any, event_id: str = "evt_1", *, late: timedelta = timedelta(0)
    ) -> tuple[bytes, dict[str, str]]:
        """Return body and headers; ``late`` moves the time back."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        moment = real_now() - late
        return raw, {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": (
                Webhook(self.secret).sign(event_id, moment, raw.decode("latin-1"))
            ),
        }


def make_hook(slug: str = "cart-left", *, key_field: str = "") -> tuple[Hook, str]:
    """A webhook address that starts an approved campaign of one e-mail, and its secret."""
    trigger = {"kind": "webhook", "sample": {"customer_id": "c1", "cart": {"id": "k1"}}}
    version = make_approved_for(slug, trigger)
    return hook_secrets.create(
        slug, version.campaign, customer_field="customer_id", key_field=key_field
    )


def make_approved_for(name: str, trigger: dict[str, Any]) -> CampaignVersion:
    """An approved campaign of one e-mail that a trigger starts, watched for."""
    raw = {
        "name": f"Campaign of {name}",
        "trigger": trigger,
        "holdout": 0,
        "channels": ["email"],
        "messages": {
            "email": {
                "subject": "Your cart {{ data.cart.id | default: '' }}",
                "html": (
                    "<p>Come back</p><a href='{{ unsubscribe_url }}'>Unsubscribe</a>"
                ),
                "text": "Come back {{ unsubscribe_url }}",
            }
        },
    }
    content = read(settle_words(raw), currency="USD", time_zone="UTC")
    version = _approved(factories.make_campaign(raw["name"]), stored(content))
    with transaction.atomic():
        armed_triggers.settle(version.campaign, content)
    return version


def states(run: Run) -> dict[str, int]:
    """Return how many messages of a run are in each state."""
    return dict(
        Counter(Message.objects.filter(run=run).values_list("state", flat=True))
    )


def only_message(run: Run) -> Message:
    return Message.objects.get(run=run)


def stop(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.STOPPED)


def pause(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.PAUSED)


def eventually(
    condition: Callable[[], Any],
    seconds: float = 10.0,
    step: Callable[[], Any] | None = None,
) -> Any:
    """Wait for a condition, doing ``step`` in between; return its last value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        if step:
            step()
        time.sleep(0.05)
    return value
