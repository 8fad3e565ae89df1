"""Notice when the shop has moved away from what a model learned: whom it scores, and
whether what it said came true.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.scorers.link_functions import Floats

N_BINS = 10
SMALLEST_SHARE = 1e-4


def reference(expected: Floats) -> dict[str, Any]:
    """Keep how the scores were spread when a model was made: inner edges of ten bins,
    and the share in each.
    """
    edges = (
        np.unique(np.quantile(expected, np.arange(1, N_BINS) / N_BINS))
        if len(expected)
        else np.zeros(0)
    )
    return {"edges": edges.tolist(), "shares": _shares(expected, edges).tolist()}


def shift(kept: Mapping[str, Any], expected: Floats) -> float:
    """Population stability index: Σ (now − then) · ln(now / then) over the bins; 0
    nothing moved, above 0.25 much.
    """
    then, now = np.array(kept["shares"]), _shares(expected, np.array(kept["edges"]))
    then, now = np.maximum(then, SMALLEST_SHARE), np.maximum(now, SMALLEST_SHARE)
    return float(((now - then) * np.log(now / then)).sum())


def _shares(expected: Floats, edges: Floats) -> Floats:
    counted = np.bincount(
        np.searchsorted(edges, expected, side="right"), minlength=len(edges) + 1
    )
    return counted / max(len(expected), 1)
