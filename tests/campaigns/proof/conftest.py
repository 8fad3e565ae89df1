"""A small shop with customers of fixed habits, made once for a module: the history
reads only what is committed.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.management import call_command

from campaigns.content.parse import read
from campaigns.models import Message
from campaigns.planning.arm_assignment import places
from profiles import history
from profiles.models import Customer, Event
from retention_site.lib.clock import now
from tests.factories import make_campaign, make_run, make_version

N_CUSTOMERS, DAYS = 400, 28
CONTENT = {
    "name": "Win back",
    "segment": {"all": []},
    "holdout": 0.25,
    "goal": {
        "words": "come back",
        "metrics": ["conversion", "revenue"],
        "window_days": DAYS,
    },
    "messages": {
        "email": {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hello"}
    },
}


@dataclass(frozen=True)
class Shop:
    customers: list[Customer]
    launched_at: datetime
    # by customer in the window after the launch, what came back taken off
    spent: dict[int, Decimal]
    day: timedelta = timedelta(days=1)


@contextmanager
def committed(blocker) -> Iterator[None]:
    """Let rows outlive a test's transaction, and remove them when the module ends."""
    with blocker.unblock():
        try:
            yield
        finally:
            # rights and content types come back
            call_command("flush", interactive=False, verbosity=0)


def make_customers() -> list[Customer]:
    made = [
        Customer(external_id=f"shopper-{i}", signed_up_at=now() - timedelta(400))
        for i in range(N_CUSTOMERS)
    ]
    return Customer.objects.bulk_create(made)


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker) -> Iterator[Shop]:
    """Purchases before and after a launch by habit, which no message changed."""
    with committed(django_db_blocker):
        customers, launched_at = make_customers(), now() - timedelta(days=DAYS + 2)
        rng, events, spent = np.random.default_rng(7), [], {}
        for customer, habit in zip(
            customers, rng.gamma(2, 2, N_CUSTOMERS), strict=True
        ):
            for days in range(-84, DAYS, 7):
                if rng.random() > min(habit / 5, 0.95):
                    continue
                paid = Decimal(round(habit * rng.gamma(4, 2), 2)).quantize(
                    Decimal("0.01")
                )
                events.append(
                    purchase(
                        customer, launched_at + timedelta(days=days, hours=3), paid
                    )
                )
                if days >= 0:
                    spent[customer.pk] = spent.get(customer.pk, Decimal(0)) + paid
        events.append(
            purchase(
                customers[0],
                launched_at + timedelta(days=DAYS, minutes=1),
                Decimal(10_000),
            )
        )  # too late
        back = purchase(customers[1], launched_at + timedelta(days=1), Decimal(100))
        back.type, back.quantity = "return", -1
        spent[customers[1].pk] = spent.get(customers[1].pk, Decimal(0)) - 100
        Event.objects.bulk_create([*events, back])
        history.refresh()
        yield Shop(customers, launched_at, spent)


@pytest.fixture
def make_finished_run(db, shop):
    """Messages as a launch writes them: control held, the others sent."""

    def make(**content):
        version = make_version(
            make_campaign(), content=CONTENT | content, salt="salt of the test"
        )
        at = shop.launched_at
        run = make_run(
            version.campaign, version, as_of=at, known_at=at, n_audience=N_CUSTOMERS
        )
        drawn = places(
            read(version.content),
            [one.external_id for one in shop.customers],
            version.salt,
        )
        Message.objects.bulk_create(
            message_of(run, customer, place, at)
            for customer, place in zip(shop.customers, drawn, strict=True)
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


def purchase(customer, at, paid):
    return Event(
        key=uuid.uuid4(),
        customer=customer,
        type="purchase",
        at=at,
        order_id=uuid.uuid4().hex,
        quantity=1,
        price=paid,
    )
