import numpy as np
import pytest

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.comparisons.ratio import compare_ratios
from campaigns.stats.comparisons.relative import relative_lift


def baskets(rng, n, value):
    """Orders per customer, and revenue that is about `value` per order and the higher
    the more she orders.
    """
    orders = rng.poisson(2, n) + 1
    return rng.gamma(orders * (1 + 0.1 * orders), value), orders


def test_a_ratio_over_ones_is_a_mean():
    revenue = np.random.default_rng(1).gamma(1, 20, (2, 300))
    ratio = compare_ratios(*(Sample.of(arm, np.ones(300)) for arm in revenue))
    mean = compare_means(*(Sample.of(arm) for arm in revenue))
    assert (ratio.difference, ratio.low, ratio.p) == pytest.approx(
        (mean.difference, mean.low, mean.p)
    )


def test_ratio_interval_covers_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(2)
    truth = np.divide(*(column.sum() for column in baskets(rng, 2_000_000, 1.1)))
    truth -= np.divide(*(column.sum() for column in baskets(rng, 2_000_000, 1.0)))
    seen = [
        compare_ratios(
            Sample.of(*baskets(rng, 400, 1.0)), Sample.of(*baskets(rng, 300, 1.1))
        )
        for _ in range(1_000)
    ]
    assert 0.93 < np.mean([one.low < truth < one.high for one in seen]) < 0.97


def test_a_ratio_without_denominator_is_refused():
    with pytest.raises(ValueError, match="sums to 0"):
        compare_ratios(
            Sample.of([1.0, 2.0], [0.0, 0.0]), Sample.of([1.0, 2.0], [1.0, 1.0])
        )


def test_relative_interval_covers_the_true_lift_as_often_as_it_says():
    rng = np.random.default_rng(3)
    seen = [
        relative_lift(
            Sample.of(rng.gamma(1, 10, 500)), Sample.of(rng.gamma(1, 12, 500))
        )
        for _ in range(1_000)
    ]
    assert 0.93 < np.mean([one.low < 0.2 < one.high for one in seen]) < 0.97


def test_nothing_is_relative_to_zero():
    assert relative_lift(Sample.of(np.zeros(50)), Sample.of(np.arange(50.0))) is None
