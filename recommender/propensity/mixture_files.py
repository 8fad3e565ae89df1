"""Keep a fitted mixture as plain arrays: beside it the types of event that its features
count.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender.scorers.contract import words
from recommender.scorers.mixture import Mixture

MODEL_FILE = "model.npz"  # what scores: fitted up to the newest closed window
# what was tested: it never saw its test window, nor any later one
TWIN_FILE = "tested.npz"


def save(path: Path, model: Mixture, types: Sequence[str]) -> None:
    np.savez(path, allow_pickle=False, types=words(types), **model.state())


def load(path: Path) -> tuple[Mixture, tuple[str, ...]]:
    """Return the mixture and its types of event."""
    with np.load(path, allow_pickle=False) as state:
        arrays = dict(state)
    types = tuple(str(one) for one in arrays.pop("types"))
    return Mixture.from_state(arrays), types
