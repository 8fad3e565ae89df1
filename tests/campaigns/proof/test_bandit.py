"""Thompson arms keep their promises in simulation."""

import numpy as np
import pytest

from campaigns.content.parse import read
from campaigns.planning import bandit_allocation
from campaigns.stats.allocation.bandit import Seen, of_counts, of_sums, shares
from tests.factories import make_run

CHANCES = np.array([0.04, 0.05, 0.08])
PER_RUN, CONTROL, LEAST = 2_000, 0.2, 0.05


def season(run):
    return 1 + 0.4 * np.sin(run)


def played(seed, n_runs):
    """Runs one after another: shares, customers and successes by arm; the control group
    is drawn from all.
    """
    rng = np.random.default_rng(seed)
    weights, trials, successes = [], [], []
    for run in range(n_runs):
        seen = of_counts(np.array(successes), np.array(trials)) if run else None
        drawn = shares(seen, least=LEAST, rng=rng) if seen else np.ones(3) / 3
        n = rng.multinomial(PER_RUN, [CONTROL, *(1 - CONTROL) * drawn])
        weights.append((1 - CONTROL) * drawn)
        trials.append(n[1:])
        successes.append(rng.binomial(n[1:], CHANCES * season(run)))
    return np.array(weights), np.array(trials), np.array(successes)


def test_regret_grows_slower_than_time_and_no_arm_is_forgotten():
    regret = []
    for seed in range(12):
        weights, trials, _ = played(seed, 40)
        # what is left is the control's, in every run
        assert weights.sum(axis=1) == pytest.approx(1 - CONTROL)
        assert (weights >= (1 - CONTROL) * LEAST - 1e-12).all()
        regret.append((trials * (CHANCES.max() - CHANCES)).sum(axis=1))
    lost = np.cumsum(np.mean(regret, axis=0))
    equal = PER_RUN * (1 - CONTROL) * (CHANCES.max() - CHANCES).mean()
    # the price of keeping arms known
    floor = PER_RUN * (1 - CONTROL) * LEAST * (CHANCES.max() - CHANCES).sum()
    assert lost[-1] < 0.35 * 40 * equal
    first, last = lost[9] - 10 * floor, lost[-1] - lost[29] - 10 * floor
    assert last < 0.25 * first


def test_weighting_by_the_logged_chances_is_unbiased_although_weights_followed_the_outcomes():
    estimates = []
    for seed in range(150):
        weights, _trials, successes = played(seed, 8)
        level = season(np.arange(8))
        estimates.append(
            (successes / (PER_RUN * weights) / level[:, None]).mean(axis=0)
        )
    error = np.std(estimates, axis=0) / np.sqrt(150)
    assert (np.abs(np.mean(estimates, axis=0) - CHANCES) < 4 * error).all()


def test_seasons_do_not_decide_between_arms():
    """The better arm was mostly tried in bad times: its plain mean is lower, and still
    it is found.
    """
    rng = np.random.default_rng(1)
    means, n = np.array([[0.30, np.nan, 0.34], [0.10, 0.14, 0.14]]), 3_000
    found = shares(Seen(means, np.full((2, 3), 0.2 / n)), least=0.01, rng=rng)
    assert found[0] < 0.02
    assert found.sum() == pytest.approx(1)


def test_without_enough_customers_all_arms_are_equal():
    rng = np.random.default_rng(0)
    assert shares(of_counts([[1, 2]], [[10, 900]]), least=0.1, rng=rng).tolist() == [
        0.5,
        0.5,
    ]
    assert shares(
        of_sums([[40, 40]], [[0, 0]], [[0, 0]]), least=0.1, rng=rng
    ).tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="at least"):
        shares(of_counts([[1, 2]], [[100, 900]]), least=0.6, rng=rng)


def test_fewer_may_be_better():
    rng = np.random.default_rng(0)
    seen = of_sums([[400, 400]], [[400, 800]], [[800, 2000]])
    assert shares(seen, least=0.05, rng=rng).argmax() == 1
    assert shares(seen, least=0.05, rng=rng, is_less_better=True).argmax() == 0


def test_a_later_run_learns_from_an_earlier_one_and_its_control_share_stays_exact(
    make_finished_run, shop
):
    content = {
        "arms": [{"name": "a"}, {"name": "b"}],
        "allocation": {"metric": "revenue", "least": 0.1},
    }
    first = make_finished_run(**content)
    later = make_run(
        first.campaign, first.version, as_of=shop.launched_at, known_at=shop.launched_at
    )
    found = bandit_allocation.shares(later, read(first.version.content))
    assert list(found) == ["control", "a", "b"]
    assert found["control"] == 0.25
    assert sum(found.values()) == pytest.approx(1)
    assert min(found.values()) >= 0.75 * 0.1
    assert found["a"] != found["b"]
    # planned again, the same
    assert bandit_allocation.shares(later, read(first.version.content)) == found
    assert bandit_allocation.shares(first, read(first.version.content)) is None
