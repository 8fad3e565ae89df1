"""What is bought only once is not shown again; what is bought again stays."""

import numpy as np
import pytest

from recommender.engines.base import Interactions, Items
from recommender.hybrid import fitting
from recommender.hybrid.evaluation import evaluate
from recommender.hybrid.repeats import RepeatCurve
from recommender.hybrid.windows import windows
from recommender.training import engines
from tests.recommender.shops import regulars

N_ITEMS, STAPLES = 90, 3


def sequences(staples: int = 0, n_customers: int = 200, seed: int = 0) -> Interactions:
    """Readers who go through a series, one item a week, none twice; the first `staples`
    items are bought every other week beside it.
    """
    rng = np.random.default_rng(seed)
    who, what, age, order = [], [], [], []
    for customer in range(n_customers):
        first, length = rng.integers(staples, N_ITEMS), rng.integers(8, 16)
        series = (first - staples + np.cumsum(rng.integers(1, 4, length))) % (
            N_ITEMS - staples
        ) + staples
        for week, item in enumerate(dict.fromkeys(series.tolist())):
            basket = [item, *range(staples if week % 2 else 0)]
            who += [customer] * len(basket)
            what += basket
            age += [7.0 * (length - 1 - week) + rng.random()] * len(basket)
            order += [week] * len(basket)
    return Interactions.from_columns(
        np.arange(n_customers),
        N_ITEMS,
        customer=who,
        item=what,
        age_days=age,
        order=order,
    )


def learned_of(past: Interactions) -> fitting.Learned:
    items = Items.unknown(past.n_items)
    return fitting.learn(past, items, engines(), seed=0, say=lambda *_: None)


@pytest.fixture(scope="module")
def once() -> fitting.Learned:
    return learned_of(sequences())


def test_where_nothing_repeats_the_usual_list_is_as_good_as_one_of_new_items(once):
    measured = evaluate(once.tested, once.windows[0])["hybrid"]
    usual, new = (measured[mode].ndcg_at_10.mean() for mode in ("all", "discover"))
    assert usual > 0.97 * new > 0.1


def test_where_nothing_repeats_what_she_has_is_not_shown_again(once):
    judges = once.windows[0].judges
    top = once.hybrid.rank(judges, "all", 10).columns
    assert not np.take_along_axis(judges.owned().toarray(), top, 1).any()


def test_a_full_customer_still_gets_a_list(once):
    everything = Interactions.from_columns(
        [1],
        N_ITEMS,
        customer=[0] * N_ITEMS,
        item=range(N_ITEMS),
        age_days=[30.0] * N_ITEMS,
        order=range(N_ITEMS),
    )
    assert (once.hybrid.rank(everything, "all", 10).columns >= 0).all()


def test_an_item_that_is_bought_again_stays_in_a_shop_that_sells_once():
    learned = learned_of(sequences(STAPLES, 120))
    curve = learned.hybrid.repeats.curve
    judges = learned.windows[0].judges
    chance = curve.chance(judges).toarray()
    bought = judges.owned().toarray() > 0
    staples, others = bought[:, :STAPLES], bought[:, STAPLES:]
    assert chance[:, :STAPLES][staples].mean() > 10 * chance[:, STAPLES:][others].mean()
    top = learned.hybrid.rank(judges, "all", 10).columns
    owned = np.take_along_axis(bought, top, 1)
    assert (top[owned] < STAPLES).mean() > 0.9
    assert owned.any(1).mean() > 0.5


def test_where_people_buy_again_nothing_they_have_is_lowered():
    halves = learned_of(regulars()).hybrid.repeats.halves
    assert halves["all", False] == 0


def test_the_chance_of_a_repeat_is_what_came():
    past = sequences(STAPLES, seed=1)
    window = windows(past, 14.0, seed=0)[0]
    chance = RepeatCurve.of(window.past, 14.0).chance(window.judges).tocoo()
    came = window.bought.toarray()[chance.coords]
    assert chance.data.mean() == pytest.approx(came.mean(), rel=0.25)
