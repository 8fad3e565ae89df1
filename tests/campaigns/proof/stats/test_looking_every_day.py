"""A/A experiments looked at on thirty days: what peeking costs, and that the confidence
sequence pays it.
"""

import numpy as np
import pytest

from campaigns.proof.cumulative_effect import Parts
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.comparisons.sequential import confidence_sequence
from campaigns.stats.experiment_spec import Metric, Plan

N_RUNS, N_DAYS, PER_DAY = 300, 30, 200  # units per arm and day


def converts(rng, n, lift=0.0):
    return (rng.random(n) < 0.05 * (1 + lift)).astype(float)


def spends(rng, n, lift=0.0):
    """Most spend nothing, few spend much: log-normal tails."""
    return (rng.random(n) < 0.2) * rng.lognormal(2, 1.3, n) * (1 + lift)


def looks(rng, outcome, lift=0.0):
    """Compare after every day all that came in until then."""
    control, treated = Sample.empty(1), Sample.empty(1)
    for _ in range(N_DAYS):
        control, treated = (
            control + Sample.of(outcome(rng, PER_DAY)),
            treated + Sample.of(outcome(rng, PER_DAY, lift)),
        )
        yield compare_means(control, treated)


def looks_at_one_audience(rng, outcome, lift=0.0):
    """Compare after every day what 2,000 an arm, written to on the first, have done by
    then.
    """
    control, treated = outcome(rng, 2_000), outcome(rng, 2_000, lift)
    on_day = rng.integers(0, N_DAYS, (2, 2_000))
    for day in range(N_DAYS):
        yield compare_means(
            Sample.of(control * (on_day[0] <= day)),
            Sample.of(treated * (on_day[1] <= day)),
        )


def shares_that_ever_reject(outcome, lift=0.0, looks=looks):
    rng, naive, always_valid = np.random.default_rng(20), 0, 0
    for _ in range(N_RUNS):
        seen = list(looks(rng, outcome, lift))
        sequences = [confidence_sequence(one) for one in seen]
        naive += any(one.p is not None and one.p < 0.05 for one in seen)
        always_valid += any(
            one is not None and (one.low > 0 or one.high < 0) for one in sequences
        )
    return naive / N_RUNS, always_valid / N_RUNS


@pytest.mark.parametrize("looks", [looks, looks_at_one_audience])
@pytest.mark.parametrize("outcome", [converts, spends])
def test_daily_looks_at_nothing_alarm_seldom_but_the_naive_interval_often(
    outcome, looks
):
    naive, always_valid = shares_that_ever_reject(outcome, looks=looks)
    assert always_valid <= 0.05
    assert naive > 0.15


def test_daily_looks_find_a_real_lift():
    assert shares_that_ever_reject(converts, lift=0.6)[1] > 0.8


def purchases_of_one_audience(rng, n, spread):
    """Return on which day each of ``n`` buys and for how much: 15 % buy in four weeks."""
    amounts = (rng.random(n) < 0.15) * rng.lognormal(0, spread, n)
    return rng.integers(0, 28, n), amounts


def reached_by(rng, day, amounts, share):
    """Sum up by arm and day for assignments that chance draws anew."""
    arms = (rng.random(len(day)) >= share).astype(int)
    cells = arms * 28 + day
    once, twice = (
        np.bincount(cells, values, 56).reshape(2, 28)
        for values in (amounts, amounts**2)
    )
    n = np.zeros((2, 28))
    n[:, 0] = np.bincount(arms, minlength=2)
    return Parts(n, once, twice, ("control", "message")).summed_up()


@pytest.mark.parametrize("spread", [0.5, 1.0, 1.5])
def test_a_band_begins_when_enough_customers_make_up_the_sums(spread):
    rng = np.random.default_rng(7)
    plan = Plan("arm", "control", (Metric("revenue"),))
    left = drawn = 0
    for _ in range(N_RUNS):
        day, amounts = purchases_of_one_audience(rng, 4_000, spread)
        reached = reached_by(rng, day, amounts, 0.1)
        bands = [reached.band(1, look, plan) for look in range(28)]
        assert bands[0] is None
        drawn += bands[-1] is not None
        left += any(one and not one.low <= 0 <= one.high for one in bands)
    assert drawn > 0.1 * N_RUNS
    assert left / N_RUNS <= 0.05
