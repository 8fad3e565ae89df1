"""S, T, X and DR learners and the class transformation: five ways from outcomes to
effects.

S, T, X: Künzel et al. (PNAS 2019). DR: Kennedy (arXiv 2004.14497). Class
transformation: Athey and Imbens (2016), for any outcome and any share of treated; for
two equal arms and a yes or no it is Jaskowski and Jaroszewicz (2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from campaigns.stats.uplift.trees import EFFECT, OUTCOME, Model, fit
from campaigns.stats.uplift.trial import Trial

LEARNERS = {
    "S": "S-learner",
    "T": "T-learner",
    "X": "X-learner",
    "DR": "DR-learner",
    "CT": "class transformation",
}


@dataclass(frozen=True)
class Outcomes:
    """What is expected of a customer untreated and treated."""

    untreated: np.ndarray
    treated: np.ndarray

    @property
    def effect(self) -> np.ndarray:
        return self.treated - self.untreated


def doubly_robust(trial: Trial, expected: Outcomes, share: float) -> np.ndarray:
    """Return one unbiased, noisy effect per customer (Robins, Rotnitzky and Zhao 1994).

    Its mean over any group known before is the group's effect, whatever was expected;
    good expectations only take noise out.
    """
    left = np.where(
        trial.is_treated,
        (trial.outcome - expected.treated) / share,
        (expected.untreated - trial.outcome) / (1 - share),
    )
    return expected.effect + left


class OutcomeModels:
    """Two models of the outcome, one for each arm: what T, X and DR begin with."""

    def __init__(self, trial: Trial) -> None:
        arms = [trial.at(~trial.is_treated), trial.at(trial.is_treated)]
        self.models_ = [
            fit(arm.features, arm.outcome, arm.is_category, OUTCOME) for arm in arms
        ]

    def expected(self, features: np.ndarray) -> Outcomes:
        untreated, treated = (model.predict(features) for model in self.models_)
        return Outcomes(untreated, treated)


class Learners:
    """All learners, or some, fitted on one trial."""

    def __init__(self, trial: Trial, names: tuple[str, ...] = tuple(LEARNERS)) -> None:
        self.names, self.share = names, trial.share
        self.outcomes_ = OutcomeModels(trial)
        fitting = {"S": _fit_s, "X": _fit_x, "DR": _fit_dr, "CT": _fit_ct}
        expected = self.outcomes_.expected(trial.features)
        self.models_ = {
            name: fitting[name](trial, expected) for name in names if name in fitting
        }

    def effects(
        self, features: np.ndarray, expected: Outcomes | None = None
    ) -> dict[str, np.ndarray]:
        """Return each learner's effect for every row."""
        if expected is None:
            expected = self.outcomes_.expected(features)
        return {name: self._effect(name, features, expected) for name in self.names}

    def _effect(
        self, name: str, features: np.ndarray, expected: Outcomes
    ) -> np.ndarray:
        if name == "T":
            return expected.effect
        models = self.models_[name]
        if name == "S":
            untreated, treated = (
                models[0].predict(_with_arm(features, arm)) for arm in (0, 1)
            )
            return treated - untreated
        if name == "X":
            of_untreated, of_treated = (model.predict(features) for model in models)
            return self.share * of_untreated + (1 - self.share) * of_treated
        return models[0].predict(features)


def _with_arm(features: np.ndarray, arm: np.ndarray | int) -> np.ndarray:
    return np.column_stack([features, np.broadcast_to(arm, len(features))])


def _fit_s(trial: Trial, _expected: Outcomes) -> list[Model]:
    features = _with_arm(trial.features, trial.is_treated.astype(np.float64))
    return [fit(features, trial.outcome, np.append(trial.is_category, False), OUTCOME)]


def _fit_x(trial: Trial, expected: Outcomes) -> list[Model]:
    treated = trial.is_treated
    gains = np.where(
        treated, trial.outcome - expected.untreated, expected.treated - trial.outcome
    )
    return [
        fit(trial.features[arm], gains[arm], trial.is_category, EFFECT)
        for arm in (~treated, treated)
    ]


def _fit_dr(trial: Trial, expected: Outcomes) -> list[Model]:
    scores = doubly_robust(trial, expected, trial.share)
    return [fit(trial.features, scores, trial.is_category, EFFECT)]


def _fit_ct(trial: Trial, _expected: Outcomes) -> list[Model]:
    return [fit(trial.features, transformed(trial), trial.is_category, EFFECT)]


def transformed(trial: Trial) -> np.ndarray:
    """Return outcomes whose mean in any group is the group's effect.

    The arms' common mean is taken off first: it changes no mean, and less is noise.
    """
    share = trial.share
    middle = _middle(trial)
    weight = np.where(trial.is_treated, 1 / share, -1 / (1 - share))
    return (trial.outcome - middle) * weight


def _middle(trial: Trial) -> float:
    """Return the level at which the transformation is least noisy: each arm's mean
    weighed by the other arm's share.
    """
    treated = trial.outcome[trial.is_treated].mean()
    untreated = trial.outcome[~trial.is_treated].mean()
    return float((1 - trial.share) * treated + trial.share * untreated)
