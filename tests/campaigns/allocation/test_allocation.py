"""Allocating offers: near the dual bound, never over a limit, whatever comes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.offers.allocation import Choices, Limits, allocate

N_ENOUGH = 20_000


def shop(n, n_values=5, seed=0):
    """Margins that saturate in the value and cost that is paid by buyers without it
    too.
    """
    rng = np.random.default_rng(seed)
    values = np.arange(1, n_values + 1) * 2.0
    cost = values * (0.5 * rng.random((n, 1)) + 0.1)
    return Choices(
        rng.gamma(2, 3, (n, 1)) * (1 - np.exp(-values / 5)) - 0.3 * cost, cost
    )


def sums(choices, choice):
    rows = np.flatnonzero(choice >= 0)
    picked = choices.margin[rows, choice[rows]], choices.cost[rows, choice[rows]]
    return tuple(float(each.sum()) for each in picked)


@pytest.mark.parametrize(
    ("budget", "most"),
    [(2_000, None), (10_000, 2_000), (1e9, 1_000), (1e9, None), (4_000, 19_999)],
)
def test_an_allocation_reaches_its_bound_inside_both_limits(budget, most):
    choices = shop(N_ENOUGH)
    found = allocate(choices, Limits(budget, most))
    gain, spent = sums(choices, found.choice)
    assert found.gain == pytest.approx(gain)
    assert found.gain >= 0.999 * found.bound
    assert spent <= budget + 1e-6
    assert most is None or found.n_given <= most


def test_it_beats_the_likeliest_buyers_and_a_flat_coupon_at_each_budget():
    choices = shop(N_ENOUGH)
    for budget in (1_000, 4_000, 8_000):
        found = allocate(choices, Limits(budget))
        for place in range(5):
            costs = choices.cost[:, place]
            for order in (np.argsort(-costs), np.arange(N_ENOUGH)):
                n_fit = int(np.searchsorted(np.cumsum(costs[order]), budget))
                assert found.gain > choices.margin[order[:n_fit], place].sum()


money = st.sampled_from(
    [0.0, 0.1, 0.30, 1.0, 2.5, 7.77, 1e6, float("nan"), float("inf")]
)
margins = st.one_of(money, st.sampled_from([-3.0, -0.01, 1e-9]))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_input_spends_more_than_there_is(data):
    n, n_values = data.draw(st.integers(0, 9)), data.draw(st.integers(1, 3))
    cells = st.lists(margins, min_size=n * n_values, max_size=n * n_values)
    margin = np.array(data.draw(cells)).reshape(n, n_values)
    costs = st.lists(money, min_size=n * n_values, max_size=n * n_values)
    cost = np.array(data.draw(costs)).reshape(n, n_values)
    budget = data.draw(st.sampled_from([0.0, 0.3, 1.0, 5.0, 1e6, 1e9]))
    most = data.draw(st.none() | st.integers(0, 5))
    floor = data.draw(st.sampled_from([0.0, 1.0]))
    found = allocate(Choices(margin, cost), Limits(budget, most, floor))
    rows = np.flatnonzero(found.choice >= 0)
    picked = margin[rows, found.choice[rows]]
    assert round(sum(cost[rows, found.choice[rows]]), 9) <= budget
    assert len(rows) <= (n if most is None else most)
    assert (picked >= floor).all()
    assert (picked > 0).all()
    assert found.gain <= found.bound * (1 + 1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(0, 4))
def test_the_bound_is_never_below_the_best_there_is(seed, n, most):
    choices, budget = shop(n, 2, seed), 1.5
    best = 0.0
    for each in product((-1, 0, 1), repeat=n):
        gain, spent = sums(choices, np.array(each))
        if spent <= budget and sum(one >= 0 for one in each) <= most:
            best = max(best, gain)
    found = allocate(choices, Limits(budget, most))
    assert found.gain <= best + 1e-9 <= found.bound + 1e-6


def test_what_costs_nothing_is_given_without_a_budget():
    found = allocate(
        Choices(np.array([[1.0], [-1.0], [2.0]]), np.array([[0.0], [0.0], [0.5]])),
        Limits(0),
    )
    assert found.choice.tolist() == [0, -1, -1]


def test_equal_customers_share_a_budget_that_is_too_small_for_all():
    choices = Choices(np.ones((1_000, 1)), np.full((1_000, 1), 0.1))
    found = allocate(choices, Limits(33.3))
    assert (found.n_given, found.spent) == (333, 33.3)
