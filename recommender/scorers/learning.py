"""Fit what may score and what it must beat, judge them on a window that none of them has seen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.stats.probabilities import difference
from recommender.stats.ranking import Estimate

from .contract import raw_scores
from .families import Family, Floats, NothingToLearn
from .line import Line
from .mixture import Mixture, Part, best_weight
from .trees import Trees

RECENCY = ("recency",)
RFM = ("recency", "n_orders", "spend_all")
BASE = "base rate"
BASELINES: dict[str, tuple[str, ...]] = {BASE: (), "recency": RECENCY, "rfm": RFM}
LEAST_TESTED = 20  # with fewer customers in the test window nothing is shown


@dataclass(frozen=True)
class Rows:
    """Customers at snapshots, and what they then did."""

    x: Floats  # (n, d), NaN where nothing is known
    y: Floats  # (n,)

    def __len__(self) -> int:
        return len(self.y)

    @classmethod
    def stacked(cls, several: Sequence[Rows]) -> Rows:
        return cls(np.vstack([one.x for one in several]), np.concatenate([one.y for one in several]))


@dataclass(frozen=True)
class Verdict:
    """Which candidate may score: ``chosen`` is a key of the candidates, None where none beats knowing nothing."""

    chosen: str | None
    why: str
    against_rfm: Estimate | None = None  # difference of losses, below 0 the blend is better


def fit(family: Family, names: Sequence[str], rows: Rows, calibrate: Rows, seed: int = 0) -> dict[str, Mixture]:
    """Fit baselines, both models and their blend on the same rows, all calibrated on the same window.

    Raise `NothingToLearn` where the labels are all the same.
    """
    line, trees = Line(family, names).fit(rows.x, rows.y), Trees(family, names, seed).fit(rows.x, rows.y)
    share = best_weight(line, trees, calibrate.x, calibrate.y)
    found = {
        "blend": Mixture([line, trees], [1 - share, share]),
        "logit" if family is Family.YES else "regression": Mixture([line], [1.0]),
        "boosting": Mixture([trees], [1.0]),
    }
    for name, columns in BASELINES.items():
        found[name] = Mixture([Line(family, names, columns).fit(rows.x, rows.y)], [1.0])
    return {name: one.calibrate(calibrate.x, calibrate.y) for name, one in found.items()}


def refit(tested: Mixture, rows: Rows, calibrate: Rows, seed: int = 0) -> Mixture:
    """Fit what was tested again, on newer rows: same parts, same weights."""
    fresh: list[Part] = []
    for part in tested.parts:
        if isinstance(part, Line):
            fresh.append(Line(part.family, part.names, [part.names[place] for place in part.columns]))
        else:
            fresh.append(Trees(part.family, part.names, seed))
    return Mixture(fresh, tested.weights).fit(rows.x, rows.y).calibrate(calibrate.x, calibrate.y)


def judge(candidates: dict[str, Mixture], test: Rows, rng: np.random.Generator) -> Verdict:
    """Let the blend score only where it surely beats RFM, else RFM, and that only where it beats the base rate."""
    if len(test) < LEAST_TESTED:
        return Verdict(None, f"only {len(test)} customers in the test window: nothing can be shown")
    costs = {name: losses(one, test) for name, one in candidates.items() if name in ("blend", "rfm", BASE)}
    against = difference(costs["blend"], costs["rfm"], rng)
    if against.high < 0:
        return Verdict("blend", f"better than RFM by {-against.value:.4f} of loss", against)
    if difference(costs["rfm"], costs[BASE], rng).high < 0:
        return Verdict("rfm", "the rich model is not surely better than RFM, so RFM scores", against)
    return Verdict(None, "nothing beats the base rate: the facts do not tell who will", against)


def losses(scorer: Mixture, rows: Rows) -> Floats:
    """Return each row's loss; amounts in units of their mean."""  # (n,)
    scale = max(float(rows.y.mean()), 1e-9) if scorer.family is Family.AMOUNT else 1.0
    return scorer.family.losses(rows.y / scale, raw_scores(scorer, rows.x) - np.log(scale))


__all__ = ["BASELINES", "NothingToLearn", "Rows", "Verdict", "fit", "judge", "losses", "refit"]
