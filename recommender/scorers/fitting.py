"""Fit what may score and what it must beat, judge them on a window that none of them
has seen. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.stats.probabilities import difference
from recommender.stats.ranking import Estimate

from .contract import raw_scores
from .lifetime import Lifetime
from .linear import Line
from .link_functions import Family, Floats, NothingToLearn
from .mixture import Mixture, Part, best_weight
from .trees import Trees

RECENCY = ("recency",)
RFM = ("recency", "n_orders", "spend_all")
BASE, RFM_KEY, LIFETIME = "base rate", "rfm", "lifetime"
BASELINES: dict[str, tuple[str, ...]] = {BASE: (), "recency": RECENCY, RFM_KEY: RFM}
CHALLENGERS = ("blend", LIFETIME)  # the first that surely beats RFM scores
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
        return cls(
            np.vstack([one.x for one in several]),
            np.concatenate([one.y for one in several]),
        )


@dataclass(frozen=True)
class Trial:
    """What candidates said of customers whom none of them had seen, as raw scores (n,),
    and what came of it.
    """

    family: Family
    raw: dict[str, Floats]
    y: Floats

    def losses(self, name: str) -> Floats:
        """Return each customer's loss; amounts in units of their mean."""  # (n,)
        scale = max(float(self.y.mean()), 1e-9) if self.family is Family.AMOUNT else 1.0
        return self.family.losses(self.y / scale, self.raw[name] - np.log(scale))

    def expected(self, name: str) -> Floats:
        return self.family.expected(self.raw[name])

    def of(self, who: npt.NDArray[np.bool_]) -> Trial:
        """Keep some customers."""
        return Trial(
            self.family, {name: raw[who] for name, raw in self.raw.items()}, self.y[who]
        )


@dataclass(frozen=True)
class Verdict:
    """Which candidate may score: ``chosen`` is None where none beats knowing nothing."""

    chosen: str | None
    why: str
    # difference of losses, below 0 the first challenger is better
    against_rfm: Estimate | None = None


def fit(
    family: Family,
    names: Sequence[str],
    rows: Rows,
    calibrate: Rows,
    days: float | None,
    seed: int = 0,
) -> dict[str, Mixture]:
    """Fit baselines, the models and their blend on the same rows, all calibrated on the
    same window.

    ``days`` is how far ahead purchases or money are asked for; None where it is
    neither. Raise `NothingToLearn` where the labels are all the same.
    """
    line, trees = (
        Line(family, names).fit(rows.x, rows.y),
        Trees(family, names, seed).fit(rows.x, rows.y),
    )
    share = best_weight(line, trees, calibrate.x, calibrate.y)
    blend = Mixture([line, trees], [1 - share, share])
    found = {
        "blend": blend,
        "logit" if family is Family.YES else "regression": Mixture([line], [1.0]),
        "boosting": Mixture([trees], [1.0]),
    }
    if days is not None:
        with suppress(NothingToLearn):
            lifetime = Lifetime(family, names, days, seed).fit(rows.x, rows.y)
            found[LIFETIME] = Mixture([lifetime], [1.0])
            share = best_weight(blend, lifetime, calibrate.x, calibrate.y)
            found["blend"] = Mixture(
                [line, trees, lifetime], [*((1 - share) * blend.weights), share]
            )
    for name, columns in BASELINES.items():
        found[name] = Mixture([Line(family, names, columns).fit(rows.x, rows.y)], [1.0])
    return {
        name: one.calibrate(calibrate.x, calibrate.y) for name, one in found.items()
    }


def refit(tested: Mixture, rows: Rows, calibrate: Rows) -> Mixture:
    """Fit what was tested again, on newer rows: same parts, same weights."""
    fresh: list[Part] = [part.again() for part in tested.parts]
    return (
        Mixture(fresh, tested.weights)
        .fit(rows.x, rows.y)
        .calibrate(calibrate.x, calibrate.y)
    )


def trial(candidates: dict[str, Mixture], test: Rows) -> Trial:
    """Ask every candidate about the test window."""
    family = next(iter(candidates.values())).family
    return Trial(
        family,
        {name: raw_scores(one, test.x) for name, one in candidates.items()},
        test.y,
    )


def judge(
    tried: Trial, rng: np.random.Generator, challengers: Sequence[str] = CHALLENGERS
) -> Verdict:
    """Let the first challenger score that surely beats RFM, else RFM, and that only
    where it beats the base rate.
    """
    if len(tried.y) < LEAST_TESTED:
        return Verdict(
            None,
            f"only {len(tried.y)} customers in the test window: nothing can be shown",
        )
    present = [name for name in challengers if name in tried.raw]
    against = {
        name: difference(tried.losses(name), tried.losses(RFM_KEY), rng)
        for name in present
    }
    for name, one in against.items():
        if one.high < 0:
            return Verdict(name, f"better than RFM by {-one.value:.4f} of loss", one)
    first = against[present[0]]
    if difference(tried.losses(RFM_KEY), tried.losses(BASE), rng).high < 0:
        return Verdict(
            RFM_KEY, "no richer model is surely better than RFM, so RFM scores", first
        )
    return Verdict(
        None, "nothing beats the base rate: the facts do not tell who will", first
    )


__all__ = [
    "BASELINES",
    "NothingToLearn",
    "Rows",
    "Trial",
    "Verdict",
    "fit",
    "judge",
    "refit",
    "trial",
]
