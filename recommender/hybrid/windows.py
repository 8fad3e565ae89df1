"""Past moments to learn from: what was known then, and what was bought in the window
that followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.engines.base import Interactions
from recommender.matrices.modes import Mode

from .hybrid import NEWCOMER_ORDERS

HORIZONS = (28.0, 14.0, 7.0, 3.0, 1.0)  # days
# of all lines: a longer window would leave too little to learn from
MOST_IN_WINDOW = 0.15
MIN_KNOWN = 500  # lines before a window: engines learn nothing from fewer
MIN_LATER = 100  # lines in it: fewer judge nothing
MAX_WINDOWS = 3
# customers whose windows are looked at, fewer where there are many items
MAX_JUDGES = 2_000
MAX_CELLS = 12_000_000  # judges times items


@dataclass(frozen=True, slots=True)
class Window:
    """One past moment: everyone's history, and the customers whose next purchases are
    known.
    """

    past: Interactions
    judges: Interactions  # the same histories of the judging customers only
    bought: sp.csr_array  # (n_judges, n_items) 1 where bought in the window
    starts: float  # days before now
    ends: float

    def relevant(self, mode: Mode) -> sp.csr_array:
        """Give the purchases that count in a mode."""
        owned = self.judges.owned()
        if mode == "all":
            return self.bought
        again = self.bought.multiply(owned).tocsr()
        return again if mode == "repeat" else (self.bought - again).tocsr()

    def of_some_judges(self, n: int) -> Window:
        """Keep the judgement of at most n customers, evenly drawn."""
        rows = np.unique(
            np.linspace(0, self.judges.n_customers - 1, n).round().astype(np.int64)
        )
        return Window(
            self.past, self.judges.of(rows), self.bought[rows], self.starts, self.ends
        )

    def as_newcomers(self) -> Window:
        """Pretend that the judges came only lately: one, two, … orders known."""
        kept = 1 + np.arange(self.judges.n_customers) % (NEWCOMER_ORDERS - 1)
        young = self.judges.take(self.judges.steps_back() < kept[self.judges.customer])
        return Window(self.past, young, self.bought, self.starts, self.ends)


def choose_horizon(past: Interactions) -> float:
    """Take the longest window that leaves most of the history to learn from."""
    shares = {
        days: float((past.age_days <= days).mean()) if len(past) else 1.0
        for days in HORIZONS
    }
    fitting = [days for days, share in shares.items() if share <= MOST_IN_WINDOW]
    return fitting[0] if fitting else HORIZONS[-1]


def windows(past: Interactions, horizon: float, seed: int) -> list[Window]:
    """Cut up to MAX_WINDOWS closed windows, newest first, as long as enough is known
    before them.
    """
    cut: list[Window] = []
    for number in range(1, MAX_WINDOWS + 1):
        window = _window(
            past, number * horizon, horizon, np.random.default_rng([seed, number])
        )
        if window is None:
            return cut
        cut.append(window)
    return cut


def why_none(past: Interactions, horizon: float) -> str:
    """Say why a shop has no window to learn from and to be judged on."""
    if not _is_choice(past):
        return "only one item was ever bought: there is nothing to choose between"
    known = past.before(horizon)
    later = past.take(past.age_days <= horizon)
    if len(known) < MIN_KNOWN or len(later) < MIN_LATER:
        return "too little is known before a closed window"
    return (
        "nobody who had bought before came again in a closed window, so lists follow"
        " what sells"
    )


def _is_choice(past: Interactions) -> bool:
    """Say whether more than one item was bought: to name the only one is no merit."""
    return len(past) > 0 and bool((past.item != past.item[0]).any())


def _window(
    past: Interactions, starts: float, horizon: float, rng: np.random.Generator
) -> Window | None:
    known = past.before(starts)
    later = past.take((past.age_days <= starts) & (past.age_days > starts - horizon))
    if len(known) < MIN_KNOWN or len(later) < MIN_LATER:
        return None
    judges = np.intersect1d(known.customer, later.customer)
    if not len(judges) or not _is_choice(known):
        return None
    n_judges = min(MAX_JUDGES, max(MAX_CELLS // past.n_items, 200))
    if len(judges) > n_judges:
        judges = np.sort(rng.choice(judges, n_judges, replace=False))
    return Window(
        known, known.of(judges), later.of(judges).owned(), starts, starts - horizon
    )
