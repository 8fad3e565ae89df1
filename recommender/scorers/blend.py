"""The mean of a linear and a boosted opinion, calibrated on a later window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from sklearn.linear_model import LogisticRegression

from .base import Floats
from .boosting import Boosting
from .logit import Logit


@dataclass
class Blend:
    """Mean log-odds of both, then stretched and shifted (Platt 1999) so that what is said is what comes."""

    key: ClassVar[str] = "blend"
    seed: int = 0
    stretch_: float = field(default=1.0, init=False)
    shift_: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.linear, self.boosted = Logit(), Boosting(self.seed)

    def fit(self, facts: Floats, happened: Floats) -> Blend:
        self.linear.fit(facts, happened)
        self.boosted.fit(facts, happened)
        return self

    def calibrate(self, facts: Floats, happened: Floats) -> Blend:
        """Fit two numbers on a window that neither part has seen; with one outcome only, leave them."""
        self.stretch_, self.shift_ = 1.0, 0.0
        self.stretch_, self.shift_ = platt(self.margin(facts), happened)
        return self

    @property
    def base_(self) -> float:
        return self.stretch_ * (self.linear.base_ + self.boosted.base_) / 2 + self.shift_

    def margin(self, facts: Floats) -> Floats:
        return self.stretch_ * (self.linear.margin(facts) + self.boosted.margin(facts)) / 2 + self.shift_

    def contributions(self, facts: Floats) -> Floats:
        return self.stretch_ * (self.linear.contributions(facts) + self.boosted.contributions(facts)) / 2


def platt(margin: Floats, happened: Floats) -> tuple[float, float]:
    """Return stretch and shift of log-odds; a stretch that turns the order round is refused."""
    if len(np.unique(happened)) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=100.0).fit(margin[:, None], happened)
    stretch = float(model.coef_[0, 0])
    return (stretch, float(model.intercept_[0])) if stretch > 0.1 else (1.0, 0.0)



