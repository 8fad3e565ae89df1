"""Several scorers as one: a weighted sum on the raw scale, then calibrated.
Contributions stay exact sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from .calibration import Calibration, shift_for
from .contract import NotFitted, Scorer, State, packed, raw_scores, unpacked
from .lifetime import Lifetime
from .linear import Line
from .link_functions import Family, Floats
from .trees import Trees

Part = Line | Trees | Lifetime
PARTS: dict[str, type[Part]] = {one.key: one for one in (Line, Trees, Lifetime)}


class Mixture:
    """Parts, their weights, and a calibration, which is learned on a window of its own."""

    key: ClassVar[str] = "blend"

    def __init__(
        self, parts: Sequence[Part], weights: Sequence[float] | Floats
    ) -> None:
        if not parts:
            raise NotFitted("a mixture needs a part")
        self.parts, self.weights = tuple(parts), np.asarray(weights, np.float64)
        self.family, self.names = parts[0].family, parts[0].names
        self.calibration = Calibration(1.0, 0.0)

    @property
    def bias_(self) -> float:
        bias = sum(
            w * part.bias_ for w, part in zip(self.weights, self.parts, strict=True)
        )
        return self.calibration.slope * float(bias) + self.calibration.shift

    def fit(self, x: Floats, y: Floats) -> Self:
        """Fit every part on the same rows; weights and calibration stay as they are."""
        for part in self.parts:
            part.fit(x, y)
        return self

    def calibrate(self, x: Floats, y: Floats) -> Self:
        """Learn the calibration from rows that no part was fitted on."""
        self.calibration = Calibration(1.0, 0.0)
        self.calibration = Calibration.fit(self.family, raw_scores(self, x), y)
        return self

    def shift_to(self, mean: float, x: Floats) -> None:
        """Move the calibration so that the mean of these customers is this."""
        raw = raw_scores(self, x)
        self.calibration = self.calibration.shifted(shift_for(self.family, raw, mean))

    def contributions(self, x: Floats) -> Floats:
        """Return what each feature adds to the calibrated raw score: (n, d)."""
        found = np.zeros((len(x), len(self.names)))
        for weight, part in zip(self.weights, self.parts, strict=True):
            if weight:
                found += weight * part.contributions(x)
        return self.calibration.slope * found

    def expected(self, x: Floats) -> Floats:
        """Return calibrated probabilities or amounts."""  # (n,)
        return self.family.expected(raw_scores(self, x))

    def state(self) -> State:
        own = {
            "weights": self.weights,
            "kinds": np.array([part.key for part in self.parts], np.str_),
            "names": np.array(self.names, np.str_),
            "family": np.array(str(self.family)),
            "calibration": np.array([self.calibration.slope, self.calibration.shift]),
        }
        return own | packed(
            {f"part{place}": part.state() for place, part in enumerate(self.parts)}
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        family, names = (
            Family(str(state["family"])),
            tuple(str(name) for name in state["names"]),
        )
        parts = [
            PARTS[str(kind)].from_state(family, names, unpacked(state, f"part{place}"))
            for place, kind in enumerate(state["kinds"])
        ]
        made = cls(parts, state["weights"])
        made.calibration = Calibration(
            *(float(number) for number in state["calibration"])
        )
        return made


def best_weight(a: Scorer, b: Scorer, x: Floats, y: Floats) -> float:
    """Choose the share of ``b`` that costs least, calibrated, on rows that neither was
    fitted on; a multiple of 1/4.
    """
    one, other = raw_scores(a, x), raw_scores(b, x)

    def cost(share: float) -> float:
        mixed = (1 - share) * one + share * other
        calibrated = Calibration.fit(a.family, mixed, y)(mixed)
        return float(a.family.losses(y, calibrated).mean())

    return float(min((0.5, 0.75, 0.25, 1.0, 0.0), key=cost))
