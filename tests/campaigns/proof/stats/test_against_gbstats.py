"""Random experiments, asked of gbstats 0.8.0, the open statistics engine of GrowthBook,
and of us.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.bayes import believe
from campaigns.stats.comparisons.cuped import compare_adjusted
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.comparisons.ratio import compare_ratios
from campaigns.stats.comparisons.relative import relative_lift
from campaigns.stats.comparisons.sequential import always_valid_p, confidence_sequence
from campaigns.stats.normal import two_sided_quantile
from campaigns.stats.srm import sample_ratio

gbstats = pytest.importorskip(
    "tests.campaigns.proof.stats.gbstats_answers", reason="`make test` installs gbstats"
)

# how far apart, relative; ends as a share of the interval's width
ESTIMATE, ENDS = 1e-5, 1e-4
# units per arm from which Student's t, which gbstats asks, is the normal to within ENDS
NORMAL_FROM = 12_000


def sums(n, rng, lift=0.0):
    """One arm as sums of outcome y, denominator d and covariate x; sizes, shares and
    tails vary from case to case.
    """
    x = rng.gamma(rng.uniform(0.3, 3), rng.uniform(1, 40), n)
    d = rng.poisson(rng.uniform(0.5, 4), n) + 1.0
    y = (rng.random(n) < rng.uniform(0.05, 0.6)) * rng.gamma(
        0.7, 20 * (1 + lift), n
    ) * d + rng.uniform(0, 0.5) * x
    columns = np.stack([y, d, x])
    return n, columns.sum(axis=1), columns @ columns.T


def experiments(fewest):
    """Two arms as sums, and the level."""
    size, seed = st.integers(fewest, 40_000), st.integers(0, 2**32 - 1)
    return st.builds(
        lambda n_control, n, seed, lift, alpha: (
            sums(n_control, np.random.default_rng([seed, 0])),
            sums(n, np.random.default_rng([seed, 1]), lift),
            alpha,
        ),
        size,
        size,
        seed,
        st.floats(-0.9, 3),
        st.sampled_from([0.01, 0.05, 0.1, 0.2]),
    )


def samples(*arms):
    return [Sample.from_sums(*arm) for arm in arms]


def agrees(estimate, error, answer):
    near = pytest.approx(answer.expected, rel=ESTIMATE, abs=ESTIMATE * error)
    return estimate == near and error == pytest.approx(
        answer.uplift.stddev, rel=ESTIMATE
    )


@settings(max_examples=60, deadline=None)
@given(experiments(fewest=40))
def test_every_estimate_and_its_standard_error_agree(experiment):
    control, treated, alpha = experiment
    ours = samples(control, treated)
    for comparison, answer in (
        (compare_means(*ours, alpha), gbstats.means(control, treated, alpha)),
        (
            compare_ratios(*(one.only(0, 1) for one in ours), alpha),
            gbstats.ratios(control, treated, alpha),
        ),
        (
            compare_adjusted(*(one.only(0, 2) for one in ours), alpha).comparison,
            gbstats.cuped(control, treated, alpha),
        ),
    ):
        assert agrees(comparison.difference, comparison.standard_error, answer)
    lift = relative_lift(*ours, alpha)
    error = (lift.high - lift.low) / 2 / two_sided_quantile(alpha)
    assert agrees(lift.value, error, gbstats.means(control, treated, alpha, "relative"))


@settings(max_examples=25, deadline=None)
@given(experiments(fewest=NORMAL_FROM))
def test_interval_ends_agree_once_students_t_has_become_normal(experiment):
    control, treated, alpha = experiment
    ours = samples(control, treated)
    for interval, kind in (
        (compare_means(*ours, alpha), "absolute"),
        (relative_lift(*ours, alpha), "relative"),
    ):
        low, high = gbstats.means(control, treated, alpha, kind).ci
        assert (interval.low, interval.high) == pytest.approx(
            (low, high), abs=ENDS * (high - low)
        )


@settings(max_examples=60, deadline=None)
@given(experiments(fewest=40))
def test_intervals_for_daily_looks_agree(experiment):
    control, treated, alpha = experiment
    comparison = compare_means(*samples(control, treated), alpha)
    answer = gbstats.sequential(control, treated, alpha)
    ours = confidence_sequence(comparison)
    width = ours.high - ours.low
    assert (ours.low, ours.high) == pytest.approx(answer.ci, abs=ENDS * width)
    p = always_valid_p(comparison)
    assert p == pytest.approx(answer.p_value, rel=1e-4, abs=1e-300)
    assert 0 < p <= 1
    assert math.isclose(p, alpha, rel_tol=0.05) or (p < alpha) == (
        ours.low > 0 or ours.high < 0
    )


@settings(max_examples=25, deadline=None)
@given(experiments(fewest=40))
def test_beliefs_agree(experiment):
    control, treated, alpha = experiment
    answer = gbstats.belief(control, treated)
    belief = believe(compare_means(*samples(control, treated), alpha))
    assert belief.chance_to_beat == pytest.approx(answer.chance_to_win, abs=ESTIMATE)
    risks = (belief.risk_of_leaving, belief.risk_of_treating)
    assert risks == pytest.approx(
        answer.risk, rel=ESTIMATE, abs=ESTIMATE * belief.deviation
    )


@given(
    st.lists(
        st.tuples(st.integers(5, 10**6), st.floats(0.01, 1)), min_size=2, max_size=6
    )
)
def test_the_alarm_for_a_wrong_split_agrees(arms):
    counts, weights = (list(column) for column in zip(*arms, strict=True))
    assert sample_ratio(counts, weights).p == pytest.approx(
        gbstats.check_srm(counts, weights), rel=ESTIMATE, abs=1e-300
    )
