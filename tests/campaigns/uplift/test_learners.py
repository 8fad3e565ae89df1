"""Learners find the customers whom a treatment moves, and nobody where there is none."""

import os

import numpy as np
import pytest

from campaigns.stats.uplift.profit import profit
from campaigns.stats.uplift.selection import fitted, select, why_not
from campaigns.stats.uplift.trial import Trial


def trial(n=6_000, share=0.5, effect=0.3, seed=0, is_money=False):
    """A treatment that moves those with a first feature above 0, and only them."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 3))
    features[rng.random(n) < 0.1, 1] = np.nan
    is_treated = rng.random(n) < share
    moved = effect * (features[:, 0] > 0) * is_treated
    bought = rng.random(n) < 0.2 + moved
    outcome = rng.gamma(1, 20, n) + 60 * moved if is_money else bought.astype(float)
    return Trial(features, is_treated, outcome, np.zeros(3, bool), ("a", "b", "c"))


@pytest.mark.parametrize("share", [0.5, 0.1, 0.9])
@pytest.mark.parametrize("is_money", [False, True])
def test_who_is_moved_is_found_in_unequal_arms_too(share, is_money):
    found = select(trial(share=share, is_money=is_money))
    scale = 60 if is_money else 1
    assert found.is_usable
    assert found.effect == pytest.approx(0.15 * scale, rel=0.35)
    # the area of a perfect choice: half of all have all of the effect
    assert found.chosen.qini == pytest.approx(scale * 0.15 / 4, rel=0.4)
    kinds = {one.kind: one for one in found.models}
    assert kinds["flag"].name == "a"
    assert kinds["response"].qini < found.chosen.qini
    assert abs(kinds["random"].qini) < found.chosen.qini / 2
    assert kinds["treat_all"].qini == 0


def test_a_learner_scores_strangers_as_it_scored_its_own():
    known, strangers = trial(), trial(seed=1)
    scores = fitted(known, "X")(strangers.features)
    moved = strangers.features[:, 0] > 0
    assert scores[moved].mean() == pytest.approx(0.3, abs=0.08)
    assert scores[~moved].mean() == pytest.approx(0.0, abs=0.08)


def test_choosing_earns_more_than_treating_everybody_where_treating_costs():
    found = select(trial())
    earned = profit(found.rankings[found.learner], found.weights, gain=10, cost=1)
    assert earned.best_share == pytest.approx(0.5, abs=0.2)
    assert earned.best > earned.treat_all
    assert earned.low > 0
    assert earned.aucc > 0.6


def n_called_usable(n_trials, n_customers):
    """Shuffle the treatment again and again: nobody is moved any more."""
    rng, found = np.random.default_rng(3), 0
    base = trial(n_customers, effect=0)
    for _each in range(n_trials):
        shuffled = Trial(
            base.features,
            rng.permutation(base.is_treated),
            base.outcome,
            base.is_category,
            base.names,
        )
        found += select(shuffled).is_usable
    return found


def test_a_shuffled_treatment_shows_nothing():
    assert n_called_usable(12, 1_500) <= 1


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.skipif(
    os.environ.get("RAPPORT_SOAK") != "1", reason="full size, run by make soak"
)
def test_of_200_shuffled_treatments_95_in_100_show_nothing():
    assert n_called_usable(200, 4_000) <= 10


def test_too_few_or_nothing_to_tell_apart_is_an_answer():
    assert "only" in why_not(trial(150))
    same = trial()
    assert "same for everybody" in why_not(
        Trial(
            same.features,
            same.is_treated,
            np.ones(len(same)),
            same.is_category,
            same.names,
        )
    )
    assert "no feature" in why_not(
        Trial(np.empty((len(same), 0)), same.is_treated, same.outcome, np.zeros(0), ())
    )
