"""The arrays that engines learn from."""

import numpy as np
import pytest

from recommender.engines.base import Interactions, best, standardise
from recommender.interactions import LEAST_RANKED, MAX_CELLS, most_ranked
from recommender.matrices.nearest_items import top_k
from tests.recommender.shops import nobody_bought


@pytest.fixture
def two_customers() -> Interactions:
    """Ann came 30, 10 and 2 days ago; Bob once."""
    return Interactions.from_columns(
        [7, 9],
        4,
        customer=[1, 0, 0, 0, 0],
        item=[3, 1, 0, 1, 1],
        age_days=[5, 10, 30, 30, 2],
        order=[1, 2, 1, 1, 3],
    )


def test_lines_are_sorted_by_customer_and_then_from_old_to_new(two_customers):
    assert two_customers.customer.tolist() == [0, 0, 0, 0, 1]
    assert two_customers.age_days.tolist() == [30, 30, 10, 2, 5]
    assert two_customers.n_baskets().tolist() == [3, 1]


def test_lines_of_one_order_are_one_step(two_customers):
    assert two_customers.steps_back().tolist() == [2, 2, 1, 0, 0]
    assert two_customers.last_baskets(1).age_days.tolist() == [2, 5]


def test_a_half_life_halves(two_customers):
    counts = two_customers.counts(half_life=10).toarray()
    assert counts[0, 1] == pytest.approx(2**-3 + 2**-1 + 2**-0.2)
    assert counts[1, 3] == pytest.approx(2**-0.5)


def test_the_past_knows_nothing_of_what_came_later(two_customers):
    past = two_customers.before(4)
    assert past.age_days.tolist() == [26, 26, 6, 1]
    assert past.n_baskets().tolist() == [2, 1]


def test_customers_are_renumbered_in_the_order_asked_for(two_customers):
    turned = two_customers.of(np.array([1, 0]))
    assert turned.keys.tolist() == [9, 7]
    assert turned.counts().toarray()[0, 3] == 1
    assert len(two_customers.of(np.array([], int))) == 0


def test_a_customer_without_purchases_keeps_a_row():
    empty = nobody_bought(3)
    assert empty.counts().shape == (3, 40)
    assert empty.n_baskets().tolist() == [0, 0, 0]
    assert empty.recency(0.8).nnz == 0


def test_the_best_come_first_and_equal_ones_by_column():
    scores = np.array([[1, 5, 5, 0], [0, 0, 0, 9]], np.float32)
    assert best(scores, 3)[0].tolist() == [1, 2, 0]
    assert best(scores, 1).tolist() == [[1], [3]] or best(scores, 1).tolist() == [
        [2],
        [3],
    ]
    assert best(scores, 10).shape == (2, 4)


def test_scores_of_all_engines_get_the_same_spread_and_zero_stays_zero():
    made = standardise(np.array([[0, 2, 4], [3, 3, 3]], np.float32))
    assert made[0].std() == pytest.approx(1, abs=1e-5)
    assert made[0, 0] == 0
    assert made[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("n_items", "k"), [(9_000, 7), (5, 20), (4_096, 1), (1, 1)])
def test_the_nearest_by_blocks_are_those_of_a_full_sort(n_items, k):
    rng = np.random.default_rng(3)
    queries, items = (
        rng.normal(size=(1_100, 6)).astype(np.float32),
        rng.normal(size=(n_items, 6)).astype(np.float32),
    )
    columns, values = top_k(queries, items, k)
    products = queries @ items.T
    expected = -np.sort(-products, axis=1)[:, : min(k, n_items)]
    assert np.allclose(values, expected, atol=1e-5)
    assert np.allclose(np.take_along_axis(products, columns, 1), values, atol=1e-5)


@pytest.mark.parametrize(
    ("n_customers", "memory_gib", "n_items"),
    [(0, 16, 18_000), (4_000, 16, 18_000), (200_000, 16, 25_000), (900, 16, 60_000)],
)
def test_every_item_is_ranked_where_customers_and_memory_allow(
    n_customers, memory_gib, n_items
):
    assert most_ranked(n_customers, memory_gib * 1024) >= n_items


def test_fewer_items_are_ranked_in_little_memory_and_no_shop_takes_the_night():
    assert most_ranked(100, 2 * 1024) < most_ranked(100, 8 * 1024)
    assert most_ranked(200_000, 10**6) == LEAST_RANKED
    assert most_ranked(1_000, 10**6) * 1_000 == MAX_CELLS
