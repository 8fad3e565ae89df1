"""Scorers are pure: what they add up to, what they refuse, and that noise never passes
the gate.
"""

from functools import partial

import numpy as np
import pytest
from scipy.special import expit

from recommender.scorers import fitting
from recommender.scorers.contract import NotFitted, raw_scores
from recommender.scorers.fitting import Rows
from recommender.scorers.lifetime import Lifetime
from recommender.scorers.linear import Line
from recommender.scorers.link_functions import Family, NothingToLearn
from recommender.scorers.mixture import Mixture
from recommender.scorers.trees import Trees
from recommender.stats import probabilities

NAMES = ("recency", "n_orders", "spend_all", "views", "whim", "tenure", "basket")
KINDS = (Line, Trees, partial(Lifetime, days=30))
FAMILIES = (Family.YES, Family.AMOUNT)


def shop(n: int, seed: int, family: Family = Family.YES) -> Rows:
    """Customers whose views matter besides RFM; some facts are unknown."""
    dice = np.random.default_rng(seed)
    x = dice.exponential([20, 5, 100, 4, 1, 60, 20], (n, 7))
    x[:, 5] += x[:, 0]
    raw = 1.5 - x[:, 0] / 20 + np.log1p(x[:, 1]) / 2 + 1.2 * (x[:, 3] > 3)
    y = (
        (dice.random(n) < expit(raw)).astype(float)
        if family is Family.YES
        else dice.poisson(np.exp(raw / 2)) * 10.0
    )
    x[dice.random(x.shape) < 0.1] = np.nan
    return Rows(x, y)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
def test_reasons_sum_to_the_raw_score(kind, family):
    rows, others = shop(800, 1, family), shop(300, 2, family)
    blend = Mixture([kind(family, NAMES).fit(rows.x, rows.y)], [1.0]).calibrate(
        others.x, others.y
    )
    raw = family.expected(blend.contributions(others.x).sum(1) + blend.bias_)
    assert np.abs(raw - blend.expected(others.x)).max() < 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_trees_add_up_to_what_the_library_says(family):
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    rows, others = shop(800, 1, family), shop(300, 2, family)
    trees = Trees(family, NAMES)
    model = trees._unfitted()
    assert isinstance(
        model, HistGradientBoostingClassifier | HistGradientBoostingRegressor
    )
    scale = 1.0 if family is Family.YES else rows.y.mean()
    model.fit(rows.x, rows.y / scale)
    said = (
        model.decision_function(others.x)
        if family is Family.YES
        else np.log(model.predict(others.x) * scale)
    )
    assert np.abs(raw_scores(trees.fit(rows.x, rows.y), others.x) - said).max() < 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_learned_comes_back_from_its_arrays(family, tmp_path):
    rows, later = shop(600, 1, family), shop(300, 2, family)
    blend = fitting.fit(family, NAMES, rows, later, 30)["blend"]
    np.savez(tmp_path / "m.npz", allow_pickle=False, **blend.state())
    with np.load(tmp_path / "m.npz", allow_pickle=False) as state:
        assert np.array_equal(
            Mixture.from_state(dict(state)).expected(later.x), blend.expected(later.x)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_unfitted_never_scores(kind):
    with pytest.raises(NotFitted):
        kind(Family.YES, NAMES).contributions(np.zeros((1, 7)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("y", [np.zeros(0), np.ones(9), np.zeros(9), np.ones(1)])
def test_labels_that_teach_nothing_are_refused(kind, y):
    with pytest.raises(NothingToLearn):
        kind(Family.YES, NAMES).fit(np.ones((len(y), 7)), y)


def test_a_rich_model_that_knows_more_passes_the_gate_and_is_calibrated():
    rows, later, test = shop(4000, 1), shop(2000, 2), shop(2000, 3)
    candidates = fitting.fit(Family.YES, NAMES, rows, later, 30)
    assert (
        fitting.judge(fitting.trial(candidates, test), np.random.default_rng(0)).chosen
        == "blend"
    )
    assert probabilities.ece(test.y, candidates["blend"].expected(test.x)) < 0.04


def trial_of(family: Family, **raw: np.ndarray) -> fitting.Trial:
    y = raw.pop("y")
    flat = np.full(len(y), family.raw(float(y.mean())))
    return fitting.Trial(family, {"base rate": flat, **raw}, y)


def test_what_is_right_on_average_but_orders_worse_does_not_score():
    """A score of one value for almost everybody, and a bold one that orders well."""
    dice = np.random.default_rng(0)
    truth = dice.uniform(-3, 3, 4000)
    y = (dice.random(4000) < Family.YES.expected(truth)).astype(float)
    bold = 2 * truth  # overconfident: a poor loss, the best order
    dull = truth + dice.normal(0, 1.0, 4000)
    tried = trial_of(Family.YES, blend=dull, rfm=bold, recency=bold, y=y)
    assert tried.losses("blend").mean() < tried.losses("rfm").mean()
    verdict = fitting.judge(tried, dice)
    assert verdict.chosen == "rfm"
    assert "orders customers worse" in verdict.why


def test_recency_scores_where_rfm_orders_worse():
    dice = np.random.default_rng(1)
    truth = dice.uniform(-3, 3, 2000)
    y = (dice.random(2000) < Family.YES.expected(truth)).astype(float)
    rough = truth + dice.normal(0, 2, 2000)
    tried = trial_of(Family.YES, blend=rough, rfm=0.5 * rough, recency=truth, y=y)
    verdict = fitting.judge(tried, dice)
    assert verdict.chosen == "recency"
    assert verdict.why.endswith("recency scores")


@pytest.mark.parametrize("family", [Family.YES, Family.AMOUNT])
def test_a_mean_that_is_far_off_is_put_right(family):
    rows, later = shop(2000, 1, family=family), shop(1000, 2, family=family)
    used = fitting.fit(family, NAMES, rows, later, None)["blend"]
    came = (
        0.6 * later.y
        if family is Family.AMOUNT
        else later.y * (np.random.default_rng(0).random(len(later)) < 0.6)
    )
    newest = Rows(later.x, came)
    before = used.expected(newest.x)
    said = fitting.put_mean_right(used, newest)
    assert said == pytest.approx(before.mean())
    assert used.expected(newest.x).mean() == pytest.approx(newest.y.mean(), rel=1e-6)
    assert (np.argsort(used.expected(newest.x)) == np.argsort(before)).all()
    assert fitting.put_mean_right(used, newest) is None


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_labels_never_pass_the_gate(seed):
    dice = np.random.default_rng(seed)
    shuffled = [
        Rows(one.x, dice.permutation(one.y))
        for one in (shop(1500, 1), shop(500, 2), shop(500, 3))
    ]
    candidates = fitting.fit(Family.YES, NAMES, shuffled[0], shuffled[1], 30)
    assert fitting.judge(fitting.trial(candidates, shuffled[2]), dice).chosen != "blend"


def test_a_stretched_score_is_calibrated():
    dice = np.random.default_rng(0)
    raw = dice.normal(0, 1.5, 5000)
    y = (dice.random(5000) < expit(raw)).astype(float)
    from recommender.scorers.calibration import Calibration

    found = Calibration.fit(Family.YES, 3 * raw + 1, y)
    assert found.slope == pytest.approx(1 / 3, abs=0.03)
    assert probabilities.ece(y, expit(found(3 * raw + 1))) < 0.02


def test_measures_of_known_cases():
    y, p = np.array([0, 0, 1, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])
    assert probabilities.auc(y, p) == 0.75
    assert probabilities.brier(y, p) == pytest.approx(0.158125)
    assert probabilities.log_loss(y, p) == pytest.approx(0.472288, abs=1e-6)
    assert np.isnan(probabilities.auc(np.ones(3), p[:3]))
