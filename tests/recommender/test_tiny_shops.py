"""Shops with next to nothing: learning ends with a card that says what it can't know."""

from datetime import timedelta

import numpy as np
import pytest

from profiles import history, jobs
from profiles.models import Customer, Event, Item, Job
from recommender import model_cards
from recommender.models import RecommendationList
from recommender.training import train
from tests.recommender.conftest import NOW, line

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 800  # lines enough for a window


@pytest.fixture
def empty(transactional_db, settings, tmp_path):
    settings.ENCODER_MODEL = "lexical"
    settings.MODEL_DIR, settings.HISTORY_DIR = tmp_path / "models", tmp_path / "history"
    settings.SHOP_CLOCK, settings.DATA_DIR = NOW.isoformat(), tmp_path


def sell(n_customers: int, n_items: int, n_lines: int, *, titles: bool = True) -> None:
    """Sell one line after the other within 200 days, customers in turn."""
    Item.objects.bulk_create(
        Item(external_id=f"i{n}", title=f"Thing {n}" if titles else "")
        for n in range(n_items)
    )
    people = Customer.objects.bulk_create(
        Customer(external_id=f"c{n}") for n in range(n_customers)
    )
    rng = np.random.default_rng(0)
    Event.objects.bulk_create(
        line(
            people[n % n_customers],
            NOW - timedelta(days=float(1 + 199 * n / max(n_lines, 1))),
            f"i{rng.integers(n_items)}",
            f"o{n}",
        )
        for n in range(n_lines)
    )
    history.refresh()


def learn() -> dict:
    card = train(NOW, lambda *_: None)
    jobs.start("lists", {"as_of": NOW.isoformat()}, title="Lists")
    jobs.work()
    return card


SHOPS = {
    "everybody bought once": (MANY, 20, MANY),
    "everybody bought once, no words": (MANY, 20, MANY, False),
    "one item": (30, 1, MANY),
    "one customer": (1, 20, 30),
    "items only": (0, 5, 0),
    "customers only": (5, 0, 0),
    "nothing": (0, 0, 0),
}


@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)
def test_a_tiny_shop_ends_with_a_card_that_claims_nothing(empty, shop):
    *numbers, titles = (*shop, True)[:4]
    sell(*numbers, titles=titles)
    card = learn()
    assert card["metrics"] == {}
    assert card["windows"]["test"] is None
    assert card["why"].startswith("nothing could be measured yet: ")


def test_who_bought_once_where_nobody_comes_again_is_not_shown_it_again(empty):
    sell(*SHOPS["everybody bought once"])
    card = learn()
    assert "came again" in card["why"]
    kept = RecommendationList.objects.filter(mode="all").select_related("customer")
    own = dict(Event.objects.values_list("customer__external_id", "item_id"))
    assert kept.count() == MANY
    for one in kept:
        assert own[one.customer.external_id] not in [
            entry["item_id"] for entry in one.items[:10]
        ]


@pytest.mark.parametrize(("found", "is_good"), [(0.0, False), (0.2, True)])
def test_lists_that_found_nothing_are_not_put_to_use(empty, found, is_good):
    card = model_cards.Card(
        model="recommender",
        version="1",
        label="items",
        horizon_days=7,
        windows={"fit": None},
        n={"fit": 900, "test": 12},
        metrics={"ndcg@10": {"value": found, "low": found, "high": found}},
        baselines={},
        groups={},
        cost={},
    )
    draft = model_cards.draft_folder("recommender", "1")
    kept = model_cards.publish(draft, card, as_of=NOW)
    assert kept["promoted"] is is_good
    assert is_good or kept["why"].startswith("none of the lists held anything")
    jobs.start("lists", {"as_of": NOW.isoformat()}, title="Lists")
    if not is_good:
        jobs.work()
        assert Job.objects.get(kind="lists").state == Job.State.DONE
