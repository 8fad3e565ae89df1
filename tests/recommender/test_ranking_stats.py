"""Ranking metrics against sums done by hand."""

import math

import numpy as np
import pytest

from recommender.stats.ranking import bootstrap, coverage, hit_rate, ndcg, recall

HITS = np.array([[True, False, True], [False, False, False], [False, True, False]])


def test_ndcg_is_the_discounted_gain_over_the_best_possible():
    first = (1 + 1 / 2) / (1 + 1 / math.log2(3))  # places 1 and 3 of two relevant
    third = (1 / math.log2(3)) / 1
    assert ndcg(HITS, np.array([2, 4, 1]), 10).tolist() == pytest.approx(
        [first, 0, third]
    )


def test_the_ideal_holds_no_more_than_k_items():
    perfect = np.ones((1, 10), bool)
    assert ndcg(perfect, np.array([50]), 10).tolist() == pytest.approx([1])


def test_a_customer_with_nothing_to_find_is_no_zero():
    nothing = np.array([0, 0, 0])
    assert np.isnan(ndcg(HITS, nothing)).all()
    assert np.isnan(recall(HITS, nothing)).all()


def test_recall_and_hits_count_what_was_found():
    assert recall(HITS, np.array([4, 1, 1])).tolist() == [0.5, 0, 1]
    assert hit_rate(HITS).tolist() == [1, 0, 1]
    assert coverage(np.array([[0, 1], [1, 3]]), 6) == 0.5


def test_the_bootstrap_covers_a_known_mean_about_95_times_in_100():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        made = bootstrap(rng.normal(0.3, 0.2, 80), rng, 200)
        covered += made.low <= 0.3 <= made.high
    assert 180 <= covered <= 199


def test_nobody_to_measure_is_no_number():
    assert math.isnan(bootstrap(np.array([np.nan]), np.random.default_rng(0)).value)
