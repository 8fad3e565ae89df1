"""A small shop in the database whose customers have habits."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from profiles import history
from profiles.models import Customer, Event, Item

NOW = datetime(2024, 6, 1, tzinfo=UTC)
N_CUSTOMERS, N_ITEMS = 40, 24
WORDS = "Rye bread|Oat milk|Dark chocolate|Ground coffee".split("|")


def habits() -> list[Customer]:
    """Forty regulars of four kinds who buy weekly, half a year long; and one who never
    bought.
    """
    Item.objects.bulk_create(
        Item(
            external_id=f"i{number:02}",
            title=f"{WORDS[number % 4]} {number}",
            category=WORDS[number % 4],
        )
        for number in range(N_ITEMS)
    )
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"c{number:02}") for number in range(N_CUSTOMERS)
    )
    rng, events = np.random.default_rng(0), []
    for number, customer in enumerate(customers):
        own = [item for item in range(N_ITEMS) if item % 4 == number % 4]
        favourites = rng.choice(own, 3, replace=False)
        for week in range(1, 26):
            at = NOW - timedelta(days=7 * week + float(rng.random()))
            chosen = {
                *rng.choice(favourites, 2, replace=False).tolist(),
                int(rng.choice(own)),
            }
            events += [
                line(customer, at, f"i{item:02}", f"o{number}-{week}")
                for item in sorted(chosen)
            ]
    Event.objects.bulk_create(events)
    Customer.objects.create(external_id="stranger")
    return customers


def line(customer: Customer, at: datetime, item: str, order: str) -> Event:
    return Event(
        key=uuid.uuid4(),
        customer=customer,
        type="purchase",
        at=at,
        item_id=item,
        order_id=order,
        quantity=1,
        price=Decimal("2.50"),
        currency="USD",
    )


@pytest.fixture
def shop(transactional_db, settings, tmp_path) -> list[Customer]:
    """The shop with folders of its own, its clock at NOW, and words alone compared."""
    settings.ENCODER_MODEL = "lexical"
    settings.MODEL_DIR, settings.HISTORY_DIR = tmp_path / "models", tmp_path / "history"
    settings.SHOP_CLOCK, settings.DATA_DIR = NOW.isoformat(), tmp_path
    customers = habits()
    history.refresh()
    return customers
