"""Features that can't have been known before: they know the arm or the outcome.

A file of an experiment often holds several outcomes. One of them taken for a feature
would promise the moon and be unknown on the day that counts.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2_contingency, norm

from campaigns.stats.uplift.trial import Trial

DIFFERS = "differs between the arms: it can't have been known before"
FOLLOWS = "follows from the outcome: it can't have been known before"
# of one file in a thousand a column known before would be left out by chance
SUSPICIOUS = 0.001
FEWEST_WITH_OUTCOME = 20


def leaks(trial: Trial) -> dict[str, str]:
    """Return why each suspicious feature can't have been known before, by name."""
    found, limit = {}, SUSPICIOUS / max(1, len(trial.names))
    for place, name in enumerate(trial.names):
        values = trial.features[:, place]
        if _p_of_balance(values, trial.is_treated, trial.is_category[place]) < limit:
            found[name] = DIFFERS
        elif _follows(values, trial.outcome):
            found[name] = FOLLOWS
    return found


def _p_of_balance(
    values: np.ndarray, is_treated: np.ndarray, is_category: bool
) -> float:
    """Return how likely the arms differ so much by chance in a feature known before."""
    known = np.isfinite(values)
    p_known = _p_of_means(known.astype(np.float64), is_treated)
    values, is_treated = values[known], is_treated[known]
    if is_category:
        return min(p_known, _p_of_table(values, is_treated))
    return min(p_known, _p_of_means(values, is_treated))


def _p_of_means(values: np.ndarray, is_treated: np.ndarray) -> float:
    arms = values[is_treated], values[~is_treated]
    if min(len(arm) for arm in arms) < 2:
        return 1.0
    error = np.sqrt(sum(arm.var() / len(arm) for arm in arms))
    apart = abs(arms[0].mean() - arms[1].mean())
    return float(2 * norm.sf(apart / error)) if error > 0 else float(apart == 0)


def _p_of_table(values: np.ndarray, is_treated: np.ndarray) -> float:
    levels = values.astype(np.int64)
    table = np.array(
        [np.bincount(levels[arm], minlength=61) for arm in (is_treated, ~is_treated)]
    )
    table = table[:, table.sum(axis=0) >= FEWEST_WITH_OUTCOME]
    is_thin = table.shape[1] < 2 or (table.sum(axis=1) == 0).any()
    return 1.0 if is_thin else float(chi2_contingency(table).pvalue)


def _follows(values: np.ndarray, outcome: np.ndarray) -> bool:
    """Say whether a feature varies only where there was an outcome."""
    without = outcome == 0
    n_with = len(outcome) - int(without.sum())
    if n_with < FEWEST_WITH_OUTCOME or without.sum() < FEWEST_WITH_OUTCOME:
        return False
    return _n_values(values[without]) == 1 and _n_values(values[~without]) > 1


def _n_values(values: np.ndarray) -> int:
    return len(np.unique(values))
