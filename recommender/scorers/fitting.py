"""Fit what may score and what it must beat, judge them on a window that none of them
has seen. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.stats.probabilities import auc, difference, rank_correlation
from recommender.stats.ranking import Estimate

from .contract import raw_scores
from .lifetime import Lifetime
from .linear import Line
from .link_functions import Family, Floats, NothingToLearn
from .mixture import Mixture, Part, best_weight
from .trees import Trees

RECENCY = ("recency",)
RFM = ("recency", "n_orders", "spend_all")
BASE, RECENCY_KEY, RFM_KEY, LIFETIME = "base rate", "recency", "rfm", "lifetime"
BASELINES: dict[str, tuple[str, ...]] = {BASE: (), RECENCY_KEY: RECENCY, RFM_KEY: RFM}
CHALLENGERS = ("blend", LIFETIME)  # the first that surely beats RFM scores
ORDERERS = (RFM_KEY, RECENCY_KEY)  # none that scores may order worse than these
SAME_ORDER = 0.002  # of AUC or rank correlation: what no customer would notice
MEAN_OFF = 0.15  # of what came: a mean further off is put right
NAMES = {RFM_KEY: "RFM", RECENCY_KEY: "recency"}
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

    def order(self, name: str) -> float:
        """How well a candidate puts customers in order: AUC, or for amounts the rank
        correlation; NaN where there is no order to find.
        """
        measure = auc if self.family is Family.YES else rank_correlation
        return measure(self.y, self.raw[name])

    def orders_as_well(self, name: str) -> bool:
        """Say whether a candidate orders customers no worse than RFM and recency do."""
        mine = self.order(name)
        others = [self.order(one) for one in ORDERERS if one in self.raw]
        return not any(mine < other - SAME_ORDER for other in others)

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
    """Let the first challenger score that surely beats RFM in loss and orders as well;
    else RFM or recency, and that only where it beats the base rate.
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
    better = [name for name, one in against.items() if one.high < 0]
    for name in better:
        if tried.orders_as_well(name):
            gained = against[name]
            why = f"better than RFM by {-gained.value:.4f} of loss"
            return Verdict(name, why, gained)
    first = against[present[0]]
    why = (
        "what is better in loss orders customers worse than RFM or recency"
        if better
        else "no richer model is surely better than RFM"
    )
    for name in sorted(ORDERERS, key=lambda one: not tried.orders_as_well(one)):
        if difference(tried.losses(name), tried.losses(BASE), rng).high < 0:
            return Verdict(name, f"{why}, so {NAMES[name]} scores", first)
    return Verdict(
        None, "nothing beats the base rate: the facts do not tell who will", first
    )


def put_mean_right(used: Mixture, newest: Rows) -> float | None:
    """Shift what scores so that its mean is what came in the newest closed window, where
    it is further off than `MEAN_OFF`; return what it had said, None where it was right.
    """
    said, came = float(used.expected(newest.x).mean()), float(newest.y.mean())
    if came <= 0 or abs(said - came) <= MEAN_OFF * came:
        return None
    used.shift_to(came, newest.x)
    return said


def level(
    used: Mixture, lifetime: Mixture | None, rows: Rows, days: float, to: float
) -> float:
    """Shift what was learned for `days` days so that it answers for `to` days, and
    return its mean then.

    By as much as buy-till-you-die models expect customers to come more often in the
    longer time; without one, by the time.
    """
    family, said = used.family, float(used.expected(rows.x).mean())
    near, far = float(days), float(to)
    part = lifetime.parts[0] if lifetime is not None else None
    if isinstance(part, Lifetime):
        near, far = (
            _amount_of(family, float(family.expected(raw_scores(one, rows.x)).mean()))
            for one in (part, part.for_days(to))
        )
    mean = _mean_of(family, _amount_of(family, said) * max(far / max(near, 1e-9), 1.0))
    used.shift_to(mean, rows.x)
    return mean


def _amount_of(family: Family, mean: float) -> float:
    """Turn a chance into the number of times that makes it so: −ln(1 − p)."""
    return -float(np.log1p(-min(mean, 1 - 1e-9))) if family is Family.YES else mean


def _mean_of(family: Family, amount: float) -> float:
    return -float(np.expm1(-amount)) if family is Family.YES else amount


__all__ = [
    "BASELINES",
    "NothingToLearn",
    "Rows",
    "Trial",
    "Verdict",
    "fit",
    "judge",
    "level",
    "put_mean_right",
    "refit",
    "trial",
]
