"""A shop with journeys: published by two people, customers who agreed to e-mail."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from campaigns.journeys import event_waits, mover
from campaigns.journeys.definition import journey_of
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import approve, waiting_version
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.lifecycle.journeys.publish import publish
from campaigns.models import Campaign, JourneyEnrolment, JourneyStep, Trigger
from campaigns.triggers import armed_triggers, event_triggers, start
from profiles.intake.ingest import EventIn, Recorded
from profiles.models import Customer
from retention_site.lib.clock import now
from tests.factories import make_event

EMAIL = {
    "subject": "Your cart {{ data.cart_id }}",
    "html": "<p>x</p><a href='{{ unsubscribe_url }}'>x</a>",
    "text": "{{ unsubscribe_url }}",
}
MAIL = {"messages": {"email": EMAIL}}
CART: dict[str, Any] = {
    "name": "Cart",
    "trigger": {
        "kind": "event",
        "events": ["cart"],
        "key": "cart_id",
        "sample": {"cart_id": "k"},
    },
    "again": "each",
    "holdout": 0,
    "global_holdout": False,
    "leave": {"goal": "purchase", "same": "cart_id"},
    "steps": [
        {"key": "pause", "wait": "1 hour"},
        {"key": "remind", "message": MAIL},
    ],
}


def people() -> tuple[Any, Any]:
    users = get_user_model().objects
    return (
        users.get_or_create(username="author", is_superuser=True)[0],
        users.get_or_create(username="approver", is_superuser=True)[0],
    )


def make_journey(raw: dict[str, Any] | None = None, /, **changes: Any) -> Campaign:
    """A journey that two people made and published; in use for ten days."""
    journey = approved(raw, **changes)
    publish(journey)
    Trigger.objects.filter(campaign=journey).update(since=now() - timedelta(10))
    armed_triggers.forget()
    event_waits.forget()
    return journey


def approved(raw: dict[str, Any] | None = None, /, **changes: Any) -> Campaign:
    author, approver = people()
    said = settle_words({**(raw or CART), **changes})
    journey = apply(said, by=author).version.campaign
    approve(waiting_version(journey), by=approver)
    return journey


def happens(
    customer: Customer, kind: str, *, ago: timedelta = timedelta(0), **properties: Any
) -> None:
    """An event is recorded and announced."""
    at = now() - ago
    stored = make_event(customer, kind, at, properties=properties)
    told = EventIn(customer.pk, kind, at, f"e{stored.pk}", properties=properties)
    recorded = [Recorded(stored.pk, customer.merged_into_id or customer.pk, told)]
    event_triggers.announced(recorded)
    event_waits.announced(recorded)


def settle() -> None:
    """Let in and move on whoever is due."""
    start.start_due()
    mover.move_due()


def diary(customer: Customer) -> list[tuple[str, str]]:
    """Return the steps that a customer has passed, with what came of each."""
    passed = JourneyStep.objects.filter(enrolment__customer=customer)
    return [
        (journey_of(one.version_id).graph.places[one.place].key, one.outcome)
        for one in passed.order_by("enrolment", "visit")
    ]


def ends(customer: Customer) -> list[str]:
    found = JourneyEnrolment.objects.filter(customer=customer).order_by("pk")
    return list(found.values_list("reason", flat=True))
