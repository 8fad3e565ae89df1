"""What may stand in a list: everything, only what the customer had before, or only what
she never had.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from recommender.engines.base import Flags, Floats, Interactions

Mode = Literal["all", "repeat", "discover"]
MODES: tuple[Mode, ...] = get_args(Mode)


def barred(histories: Interactions, mode: Mode) -> Flags:
    """Say which items the mode keeps out of each customer's list."""  # (n_customers, n_items)
    if mode == "all":
        return np.zeros((histories.n_customers, histories.n_items), bool)
    is_owned = histories.owned().toarray() > 0
    return ~is_owned if mode == "repeat" else is_owned


def without(scores: Floats, shut: Flags) -> Floats:
    """Give the scores with what is barred at minus infinity."""
    return np.where(shut, np.float32(-np.inf), scores)
