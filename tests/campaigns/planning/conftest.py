"""A small shop that can be written to, and a campaign that two people made."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import approve
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.models import CampaignVersion, Message, Run
from campaigns.planning.audiences.frozen_audience import freeze
from campaigns.planning.jobs import plan_part
from campaigns.planning.launch import job_of, launch
from profiles import jobs
from profiles.models import Consent, Customer, Device, Portrait
from recommender.models import RecommendationList
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer, make_item

RULE = {"all": [{"is": "trait", "key": "region", "in": ["east"]}]}
EMAIL = {
    "subject": (
        "{{ coupon.worth | default: 'Hello' }} for {{ customer.first_name | default:"
        " 'you' }}"
    ),
    "html": (
        "<p>{% for one in recommendations %}{{ one.title }} {% endfor %}</p><a href='{{"
        " unsubscribe_url }}'>x</a>"
    ),
    "text": "{{ coupon.code | default: 'Hello' }} {{ unsubscribe_url }}",
}
SAYS = {
    "email": EMAIL,
    "sms": {"text": "{{ coupon.code | default: 'Hello' }}"},
    "push": {"title": "Hello", "text": "{{ coupon.code | default: 'Hello' }}"},
}
TRAITS = {
    key: {"value": value, "evidence": 5}
    for key, value in {
        "interval_days": 9.2,
        "recency_days": 41.0,
        "price_sensitivity": 0.2,
        "basket": 40.0,
    }.items()
}
OFFER = {
    "pool": "Come back",
    "cap": 1000,
    "budget": 5000,
    "value": {"policy": "fixed", "amount": 5},
}


def campaign_of(**changes: Any) -> dict[str, Any]:
    whole = {
        "name": "Come back",
        "segment": {"name": None, "rule": RULE},
        "holdout": 0.2,
        "salt": "salt of the test",
        "channels": ["email", "push", "sms"],
        "preferred": "preferred_channel",
        "offer": OFFER,
        "recommendations": {"mode": "all", "k": 2},
        "messages": SAYS,
    }
    return settle_words(
        {key: value for key, value in {**whole, **changes}.items() if value is not None}
    )


def someone(name: str = "") -> Any:
    """A person who may write or approve; nobody signs in here."""
    person = get_user_model().objects.create(
        username=name or f"person{uuid.uuid4().hex[:8]}", is_staff=True
    )
    person.groups.add(*Group.objects.filter(name__in=("marketer", "approver")))
    return person


@pytest.fixture
def make_shopper(db) -> Callable[..., Customer]:
    """A customer of the east who agreed to all three channels and can be reached on
    each.
    """

    def make(
        *,
        agrees: tuple[str, ...] = ("email", "sms", "push"),
        device: bool = True,
        **facts: Any,
    ) -> Customer:
        customer = make_customer(
            **{"region": "east", "phone": "+15550100", "first_name": "Mary"} | facts
        )
        for channel in agrees:
            make_consent(customer, channel)
        if device:
            Device.objects.create(
                customer=customer, kind=Device.Kind.FCM, token=f"token-{customer.pk}"
            )
        return customer

    return make


@pytest.fixture
def shoppers(db) -> list[Customer]:
    """Sixty of them, with portraits, and three things on sale."""
    items = [make_item(title=title) for title in ("Oat bread", "Milk & honey", "Rice")]
    facts = {"region": "east", "first_name": "Mary", "phone": "+15550100"}
    made = Customer.objects.bulk_create(
        Customer(external_id=f"s{i}", email=f"s{i}@shoppers.example", **facts)
        for i in range(60)
    )
    Device.objects.bulk_create(
        Device(customer=one, kind=Device.Kind.FCM, token=f"token-{one.pk}")
        for one in made
    )
    granted = {"status": Consent.Status.GRANTED, "at": now() - timedelta(30)}
    Consent.objects.bulk_create(
        Consent(customer=one, channel=channel, **granted)
        for one in made
        for channel in ("email", "sms", "push")
    )
    Portrait.objects.bulk_create(
        Portrait(customer=one, traits=TRAITS, as_of=now()) for one in made
    )
    why = {"kind": "again", "n": 3}
    ranked = [
        {"item_id": one.external_id, "score": 1.0, "why": why, "engine": "own"}
        for one in items
    ]
    RecommendationList.objects.bulk_create(
        RecommendationList(
            customer=one, mode="all", items=ranked, model="recommender/1", as_of=now()
        )
        for one in made
    )
    return made


@pytest.fixture
def make_approved(db) -> Callable[..., CampaignVersion]:
    """A campaign that one person wrote and another approved."""

    def make(**changes: Any) -> CampaignVersion:
        version = apply(campaign_of(**changes), by=someone()).version
        return approve(version, by=someone())

    return make


@pytest.fixture
def launched(make_approved) -> Callable[..., Run]:
    """A campaign's run whose messages are planned by its job, in this process; needs
    `transaction=True`.
    """

    def make(
        version: CampaignVersion | None = None, key: str = "once", **changes: Any
    ) -> Run:
        run = launch(version or make_approved(**changes), key=key, started_by="a test")
        return planned(run)

    return make


@pytest.fixture
def written(make_approved) -> Callable[..., Run]:
    """A run whose messages are written for everybody in the east, without asking the
    history who they are.
    """

    def make(version: CampaignVersion | None = None, **changes: Any) -> Run:
        run = launch(
            version or make_approved(**changes), key="once", started_by="a test"
        )
        chosen = freeze(
            dict(
                Customer.objects.filter(region="east").values_list("pk", "external_id")
            )
        )
        plan_part(run, list(chosen.customers))
        return run.move(
            Run.State.SENDING,
            n_audience=len(chosen.customers),
            audience_hash=chosen.hash,
        )

    return make


def planned(run: Run) -> Run:
    """Work until the run's job is done, in this process."""
    jobs.work("a test", only=job_of(run))
    jobs.wait(job_of(run), timeout=10)
    run.refresh_from_db()
    return run


def messages_of(run: Run) -> dict[int, Message]:
    return {message.customer_id: message for message in Message.objects.filter(run=run)}


def withdraw(customer: Customer, channel: str, **facts: Any) -> None:
    make_consent(
        customer,
        channel,
        Consent.Status.WITHDRAWN,
        **{"at": now() - timedelta(1), **facts},
    )
