"""A small shop with one finished run: four hundred customers with habits, arms by chance, a window that has closed."""

import uuid
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from campaigns.models import Message
from campaigns.planning.content.read import read
from campaigns.planning.experiments import places
from profiles import history
from profiles.models import Customer, Event
from retention_site.lib.clock import now
from tests.factories import make_campaign, make_run, make_version

N_CUSTOMERS, DAYS = 400, 28
CONTENT = {
    "name": "Win back",
    "segment": {"all": []},
    "holdout": 0.25,
    "goal": {"words": "come back", "metrics": ["conversion", "revenue"], "window_days": DAYS},
    "messages": {"email": {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hello"}},
}


@pytest.fixture
def launched_at():
    return now() - timedelta(days=DAYS + 2)


@pytest.fixture
def customers(transactional_db):
    made = [Customer(external_id=f"shopper-{i}", signed_up_at=now() - timedelta(400)) for i in range(N_CUSTOMERS)]
    return Customer.objects.bulk_create(made)


@pytest.fixture
def make_finished_run(customers, launched_at):
    """Messages as a launch writes them: control held, two sends capped, the others sent."""

    def make(**content):
        version = make_version(make_campaign(), content=CONTENT | content, salt="salt of the test")
        run = make_run(version.campaign, version, as_of=launched_at, known_at=launched_at, n_audience=N_CUSTOMERS)
        drawn = places(read(version.content), [one.external_id for one in customers], version.salt)
        Message.objects.bulk_create(
            message_of(run, customer, place, launched_at) for customer, place in zip(customers, drawn, strict=True)
        )
        return run

    return make


def message_of(run, customer, place, at):
    held = {"state": Message.State.HELD, "reason": "control group"}
    sent = {"state": Message.State.SENT, "channel": "email", "sent_at": at}
    return Message(
        run=run,
        campaign=run.campaign,
        customer=customer,
        arm=place.arm,
        propensity=place.propensity,
        dedupe_key=f"run:{run.pk}:{customer.pk}",
        not_before=at,
        planned_at=at,
        **(held if place.is_control else sent),
    )


@pytest.fixture
def bought(customers, launched_at):
    """Purchases before and after the launch by habit, which no message changed; returns revenue after, by customer."""
    rng = np.random.default_rng(7)
    events, after = [], {}
    for customer, habit in zip(customers, rng.gamma(2, 2, N_CUSTOMERS), strict=True):
        for days in range(-84, DAYS, 7):
            if rng.random() > min(habit / 5, 0.95):
                continue
            paid = Decimal(round(habit * rng.gamma(4, 2), 2)).quantize(Decimal("0.01"))
            events.append(purchase(customer, launched_at + timedelta(days=days, hours=3), paid))
            if days >= 0:
                after[customer.pk] = after.get(customer.pk, Decimal(0)) + paid
    Event.objects.bulk_create(events)
    history.refresh()
    return after


def purchase(customer, at, paid):
    return Event(
        key=uuid.uuid4(), customer=customer, type="purchase", at=at, order_id=uuid.uuid4().hex, quantity=1, price=paid
    )
