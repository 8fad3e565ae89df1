"""Scores know what was kept: returns of before a snapshot, and days with a purchase."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest

from profiles import history
from profiles.models import Customer, Event
from recommender import interactions
from recommender.propensity.features import Facts
from recommender.serving.ready_lists import lists_for
from tests.factories import make_item

pytestmark = pytest.mark.django_db(transaction=True)
T = datetime(2024, 6, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.HISTORY_DIR, settings.MODEL_DIR = tmp_path / "history", tmp_path / "models"


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(external_id="c1")


def line(
    customer: Customer, at: datetime, quantity: float, price: float = 10, **facts
) -> None:
    kind = "purchase" if quantity > 0 else "return"
    known = {"item_id": "tea", "order_id": None} | facts
    Event.objects.create(
        key=uuid4(),
        customer=customer,
        type=kind,
        at=at,
        quantity=Decimal(str(quantity)),
        price=price,
        **known,
    )


def facts_of(*moments: datetime, as_of: datetime = T + 2 * MONTH) -> Facts:
    history.refresh()
    return Facts(history.tables(as_of=as_of), list(moments))


def column(facts: Facts, moment: datetime, name: str) -> float:
    return float(facts.snapshot(moment).column(name)[0])


def test_an_order_cancelled_before_the_snapshot_is_none_and_after_it_is_one(customer):
    bought = T - timedelta(days=5)
    line(customer, T - timedelta(days=60), 1, order_id="0", item_id="cup")
    line(customer, bought, 74215, 1.04, order_id="1")
    line(customer, bought + timedelta(minutes=16), -74215, 1.04, order_id="C1")
    before, after = bought + timedelta(minutes=10), T
    facts = facts_of(before, after)
    assert column(facts, before, "n_orders") == 2
    assert column(facts, before, "spend_all") == pytest.approx(77_193.60)
    assert (column(facts, after, "n_orders"), column(facts, after, "spend_all")) == (
        1,
        10,
    )
    assert column(facts, after, "recency") == 60


def test_what_comes_back_within_the_horizon_is_no_outcome_and_what_comes_back_later_is(
    customer,
):
    line(customer, T - timedelta(days=60), 1, item_id="cup", order_id="0")
    line(customer, T + timedelta(days=3), 2, order_id="1")
    line(customer, T + timedelta(days=4), -1, order_id="1")
    line(customer, T + timedelta(days=5), 1, 500, order_id="2", item_id="jar")
    line(customer, T + timedelta(days=40), -1, 500, order_id="2", item_id="jar")
    facts = facts_of(T)
    snapshot = facts.snapshot(T)
    n_orders, spend = facts.outcome(snapshot, MONTH)
    assert (n_orders[0], spend[0]) == (2, 510)
    n_orders, spend = facts.outcome(snapshot, 2 * MONTH)
    assert (n_orders[0], spend[0]) == (1, 10)


def test_what_comes_back_later_changes_no_snapshot(customer):
    for days, order in ((50, "1"), (40, "2")):
        line(customer, T - timedelta(days=days), 3, order_id=order)
    line(customer, T - timedelta(days=45), -1)
    before = facts_of(T).snapshot(T).values
    line(customer, T + timedelta(days=1), -2, order_id="1")
    line(customer, T + timedelta(days=1), -1, 5, item_id=None, order_id="2")
    assert np.array_equal(facts_of(T).snapshot(T).values, before, equal_nan=True)


def test_orders_of_one_day_are_one_purchase(customer, settings):
    """Three orders within two hours are no habit: BG/NBD counts days with a purchase,
    of the shop's zone.
    """
    settings.SHOP_TIME_ZONE = "America/New_York"
    # half past seven in the shop, past midnight soon in UTC
    evening = datetime(2024, 5, 18, 23, 30, tzinfo=UTC)
    for n in range(3):
        line(customer, evening + timedelta(minutes=40 * n), 1, order_id=str(n))
    facts = facts_of(T)
    assert (column(facts, T, "n_orders"), column(facts, T, "n_days")) == (3, 1)
    assert column(facts, T, "spend_a_day") == 30


def test_what_was_sent_back_is_not_hers(customer):
    for item in ("tea", "cup"):
        make_item(external_id=item)
        line(customer, T, 1, item_id=item, order_id=item)
    line(customer, T + timedelta(hours=1), -1, order_id="another number")
    history.refresh()
    tables = history.tables(as_of=T + timedelta(days=1))
    hers = interactions.interactions(tables, ["tea", "cup"], np.array([customer.pk]))
    assert hers.item.tolist() == [1]
    assert [one.item_id for one in lists_for([customer.pk], "repeat")[customer.pk]] == [
        "cup"
    ]
