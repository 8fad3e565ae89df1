"""How sure it is that the best passage answers the question: a logistic regression and
two thresholds, learned on documents of other shops (`python -m
benchmarks.service_answers --learn`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .evidence import BARS, NAMES, Evidence

FILE = Path(__file__).with_name("sureness.json")
NEVER = 1.1  # a threshold that no probability reaches


@dataclass(frozen=True)
class Sureness:
    """The learned numbers of one language."""

    version: str
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    answer_from: float  # a sure answer
    offer_from: float  # shown with a question mark
    most_unknown: float  # share of unknown words up to which an answer can be sure

    def probability(self, found: Evidence) -> float:
        """Return how probable it is that the best passage is the right one."""
        standard = (found.values() - np.array(self.means)) / np.array(self.scales)
        logit = float(standard @ np.array(self.weights)) + self.intercept
        return float(1 / (1 + np.exp(-logit)))

    def is_barred(self, found: Evidence) -> bool:
        """Say whether something speaks against a sure answer whatever the score."""
        return found.unknown > self.most_unknown or any(
            getattr(found, name) for name in BARS
        )


@lru_cache(maxsize=4)
def sureness(language: str) -> Sureness:
    """Read what was learned of a language."""
    learned = json.loads(FILE.read_text())
    found = learned["languages"][language]
    if tuple(found["names"]) != NAMES:
        raise ValueError(f"{FILE.name} was learned from other evidence: learn it anew.")
    return Sureness(
        version=learned["version"],
        means=tuple(found["means"]),
        scales=tuple(found["scales"]),
        weights=tuple(found["weights"]),
        intercept=found["intercept"],
        answer_from=found["answer_from"],
        offer_from=found["offer_from"],
        most_unknown=found["most_unknown"],
    )
