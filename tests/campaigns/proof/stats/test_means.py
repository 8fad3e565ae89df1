import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.stats import norm, ttest_ind_from_stats

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.normal import two_sided_p, two_sided_quantile


def summary(n, mean, standard_deviation):
    return Sample(n, np.array([mean]), np.array([[standard_deviation**2 * (n - 1)]]))


def test_published_car_mileages():
    """NIST/SEMATECH e-Handbook 1.3.5.3, AUTO83B.DAT: the unequal-variance statistic is
    -12.94627.
    """
    american, japanese = summary(249, 20.14458, 6.41470), summary(79, 30.48101, 6.10771)
    seen = compare_means(japanese, american)
    assert seen.difference / seen.standard_error == pytest.approx(-12.94627, abs=1e-4)


@pytest.mark.parametrize(
    ("alpha", "z"),
    [(0.10, 1.644854), (0.05, 1.959964), (0.01, 2.575829), (0.001, 3.290527)],
)
def test_published_normal_quantiles(alpha, z):
    assert two_sided_quantile(alpha) == pytest.approx(z, abs=1e-6)
    assert two_sided_p(z) == pytest.approx(alpha, rel=1e-5)


def test_p_stays_a_number_above_zero_where_one_minus_cdf_has_given_up():
    assert two_sided_p(10) == pytest.approx(1.5239706e-23, rel=1e-6)
    assert 0 < two_sided_p(500) < 1e-300


@given(
    some.integers(2, 500),
    some.integers(2, 500),
    some.floats(-50, 50),
    some.floats(0.1, 20),
    some.floats(0.1, 20),
)
def test_statistic_is_welchs(
    n_control, n_treated, shift, spread_control, spread_treated
):
    control, treated = (
        summary(n_control, 1.0, spread_control),
        summary(n_treated, 1.0 + shift, spread_treated),
    )
    seen = compare_means(control, treated)
    t = ttest_ind_from_stats(
        1 + shift,
        spread_treated,
        n_treated,
        1,
        spread_control,
        n_control,
        equal_var=False,
    )
    assert seen.difference / seen.standard_error == pytest.approx(
        t.statistic, rel=1e-9, abs=1e-9
    )
    assert seen.p == pytest.approx(
        max(2 * norm.sf(abs(t.statistic)), 1e-307), rel=1e-6, abs=1e-300
    )
    assert (seen.p < 0.05) == (seen.low > 0 or seen.high < 0)


@settings(max_examples=20)
@given(some.integers(0, 2**32))
def test_a_proportion_is_the_mean_of_zeros_and_ones(seed):
    rng = np.random.default_rng(seed)
    bought = rng.random(400) < 0.1
    sample, share = Sample.of(bought), bought.mean()
    assert sample.variance == pytest.approx(share * (1 - share) * 400 / 399)


def test_interval_covers_the_true_difference_as_often_as_it_says():
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(1_000):
        control, treated = rng.gamma(1, 10, 400), rng.gamma(1, 11, 300)
        seen = compare_means(Sample.of(control), Sample.of(treated))
        covered += seen.low < 1.0 < seen.high
    assert 0.93 < covered / 1_000 < 0.97


@pytest.mark.parametrize(
    ("control", "treated", "why_not"),
    [
        ([], [1.0, 2.0], "an arm has no unit with a value"),
        ([1.0], [1.0, 2.0], "an arm has a single unit"),
        ([0.0] * 50, [0.0] * 50, "within each arm every unit has the same value"),
        ([1e200, -1e200] * 20, [1e200, 0.0] * 20, "values are too large to be squared"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.filterwarnings("ignore:invalid value")
def test_too_little_to_know_is_an_answer_of_its_own(control, treated, why_not):
    seen = compare_means(Sample.of(control), Sample.of(treated))
    assert seen.why_not == why_not
    assert seen.low is seen.high is seen.p is seen.standard_error is None
    assert seen.difference is None or math.isfinite(seen.difference)
