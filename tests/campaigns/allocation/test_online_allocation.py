"""Customers who come one at a time: never over, nearly all of the budget, quickly."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.offers.allocation import UNIT, Choices, Limits, allocate
from campaigns.offers.online_allocation import OnlineAllocation, allocate_online

VALUES = np.array([2.0, 4.0, 6.0, 8.0])
N = 5_000


def customers(n: int = N, seed: int = 14) -> Choices:
    """A known surface: margin saturates with the value, cost counts whoever redeems."""
    rng = np.random.default_rng(seed)
    most, speed = rng.gamma(1.5, 3, n), rng.uniform(1, 9, n)
    redeems = rng.uniform(0.05, 0.6, n)
    margin = most[:, None] * (1 - np.exp(-VALUES / speed[:, None]))
    return Choices(margin, redeems[:, None] * VALUES)


def in_order(kind: str) -> Choices:
    """The same customers steadily, the dearest first, or in bursts of the alike."""
    found = customers()
    by_worth = np.argsort(-found.margin[:, -1])
    rng = np.random.default_rng(3)
    order = {
        "steady": np.arange(N),
        "front-loaded": np.concatenate(
            [rng.permutation(by_worth[: N // 2]), rng.permutation(by_worth[N // 2 :])]
        ),
        "burst": np.concatenate(
            [rng.permutation(part) for part in np.array_split(by_worth, 20)[::-1]]
        ),
    }[kind]
    return Choices(found.margin[order], found.cost[order])


@pytest.mark.parametrize("kind", ["steady", "front-loaded", "burst"])
@pytest.mark.parametrize("budget", [400.0, 1500.0])
def test_the_budget_is_spent_to_one_in_a_hundred_and_never_passed(kind, budget):
    found = allocate_online(in_order(kind), Limits(budget))
    assert 0.99 * budget <= found.spent <= budget


@pytest.mark.parametrize("budget", [200.0, 600.0, 2000.0])
def test_it_beats_the_likeliest_buyers_and_one_value_for_all(budget):
    known = customers()
    online = allocate_online(known, Limits(budget))
    assert online.gain >= 0.95 * allocate(known, Limits(budget)).gain
    likeliest = np.argsort(-known.cost[:, 0])  # whoever redeems most
    for order in (likeliest, np.arange(N)):
        for place in range(len(VALUES)):
            spent = np.cumsum(known.cost[order, place])
            bought = order[: np.searchsorted(spent, budget, "right")]
            assert online.gain > known.margin[bought, place].sum()


@settings(max_examples=12, deadline=None)
@given(
    st.integers(1, 200),
    st.floats(0, 500),
    st.none() | st.integers(0, 50),
    st.integers(0, 99),
)
def test_no_limit_is_ever_passed(n, budget, most, seed):
    found = allocate_online(customers(n, seed), Limits(budget, most, 0.5))
    assert found.spent <= budget
    assert most is None or found.n_given <= most
    assert found.gain <= found.bound * (1 + 1e-9)


def test_more_customers_than_expected_pass_nothing():
    online = OnlineAllocation(Limits(50.0, 20), 100, len(VALUES))
    known = customers(1000)
    given = [online.offer(*one) for one in zip(known.margin, known.cost, strict=True)]
    rows = np.flatnonzero(np.array(given) >= 0)
    assert online.left >= 0
    assert len(rows) <= 20
    spent = known.cost[rows, np.array(given)[rows]].sum()
    assert spent <= 50 + len(rows) / UNIT


def test_one_answer_takes_two_thousandths_of_a_second_at_most():
    online = OnlineAllocation(Limits(1500.0), N, len(VALUES))
    took = []
    known = customers(2000)
    for one in zip(known.margin, known.cost, strict=True):
        began = time.thread_time()
        online.offer(*one)
        took.append(time.thread_time() - began)
    assert np.quantile(took, 0.99) <= 0.002
