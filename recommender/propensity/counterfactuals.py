"""The nearest change that a shop can bring about: what would lift a customer's score to
the usual one.

What a model says of somebody who differs by that alone; no promise that bringing it
about has this effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommender.scorers.link_functions import Family, Floats

from .expressions import HALF_LIVES_DAYS, LONG, SPANS_DAYS, WEEKS
from .features import Snapshot

MOST_ORDERS = 3
RECENT_WEEKS = 5
# no doing of the customer's, no good one, or said as an order
SAID_BY_US = ("message_sent", "return", "purchase")
LEAST_GAIN = 0.01  # of a probability, or of the usual amount: less is no change

Expected = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Change:
    """One thing that may happen now, and how the facts would then stand."""

    words: str
    apply: Callable[[Floats], Floats]  # (n, d) → (n, d), a copy


def nearest(
    people: Snapshot,
    expected: Expected,
    *,
    goal: float,
    is_high_good: bool,
    family: Family,
) -> list[str]:
    """Say for each customer the smallest change that brings her score to the goal, or
    how far the largest one gets.

    Nothing is said of those who are there already, and of those whom nothing moves.
    """
    sign = 1.0 if is_high_good else -1.0
    least = LEAST_GAIN * (1.0 if family is Family.YES else max(goal, 1e-9))
    now, said = expected(people.values), [""] * len(people.customers)
    best = sign * now + least
    open_ = np.flatnonzero(sign * now < sign * goal)
    for change in changes(people.names):
        found = expected(change.apply(people.values[open_]))
        for place in np.flatnonzero(sign * found > best[open_]):
            said[open_[place]] = _say(change, found[place], goal, family)
        best[open_] = np.maximum(best[open_], sign * found)
        # the smallest change that gets there is the answer: larger ones are not asked
        # any more
        open_ = open_[sign * found < sign * goal]
    return said


def changes(names: Sequence[str]) -> list[Change]:
    """List what may happen, the smallest first: one of each kind of doing, then orders."""
    kinds = [name.removeprefix("since_") for name in names if name.startswith("since_")]
    found = [
        Change(
            _("one more %(kind)s now") % {"kind": kind.replace("_", " ")},
            _touched(names, kind),
        )
        for kind in kinds
        if kind not in SAID_BY_US
    ]
    for n in range(1, MOST_ORDERS + 1):
        words = ngettext("%(n)d more order now", "%(n)d more orders now", n) % {"n": n}
        found.append(Change(words, _ordered(names, n)))
    return found


def _touched(names: Sequence[str], kind: str) -> Callable[[Floats], Floats]:
    def apply(values: Floats) -> Floats:
        out = values.copy()
        out[:, names.index(f"n_{kind}_{LONG}")] += 1
        out[:, names.index(f"since_{kind}")] = 0
        return out

    return apply


def _ordered(names: Sequence[str], n: int) -> Callable[[Floats], Floats]:
    """Orders of the customer's usual size, in the coming weeks; of everybody's usual
    size for whoever never bought.
    """
    place = {name: number for number, name in enumerate(names)}

    def apply(values: Floats) -> Floats:
        out, old = values.copy(), values
        usual = (
            np.nanmedian(old[:, place["basket"]])
            if np.isfinite(old[:, place["basket"]]).any()
            else 0.0
        )
        basket = np.where(
            np.isnan(old[:, place["basket"]]), usual, old[:, place["basket"]]
        )
        out[:, place["basket"]], out[:, place["spend_last"]] = basket, basket
        # models that learned before it came know nothing of it
        if "lines_last" in place:
            out[:, place["lines_last"]] = old[:, place["lines"]]
        for name in (
            "n_orders",
            *(f"n_orders_{days}" for days in SPANS_DAYS),
            *(f"warm_{h}" for h in HALF_LIVES_DAYS),
        ):
            out[:, place[name]] += n
        for name in ("spend_all", *(f"spend_{days}" for days in SPANS_DAYS)):
            out[:, place[name]] += n * basket
        if "n_days" in place:
            out[:, place["n_days"]] += n
            out[:, place["spend_a_day"]] = (
                out[:, place["spend_all"]] / out[:, place["n_days"]]
            )
        for name, most in (
            ("weeks_active", WEEKS),
            ("weeks_active_recent", RECENT_WEEKS),
        ):
            out[:, place[name]] = np.minimum(out[:, place[name]] + n, most)
        out[:, place["gap_last"]] = np.where(
            np.isnan(old[:, place["tenure"]]), np.nan, old[:, place["recency"]]
        )
        out[:, place["tenure"]] = np.nan_to_num(old[:, place["tenure"]])
        out[:, place["recency"]] = 0
        for name in ("overdue", "overdue_recent", "longest_ratio"):
            out[:, place[name]] = np.where(np.isnan(old[:, place[name]]), np.nan, 0)
        return out

    return apply


def _say(change: Change, reached: float, goal: float, family: Family) -> str:
    facts = {
        "change": change.words,
        "reached": _amount(reached, family),
        "goal": _amount(goal, family),
    }
    return _("would change it: %(change)s → %(reached)s, usual is %(goal)s") % facts


def _amount(value: float, family: Family) -> str:
    return f"{value:.0%}" if family is Family.YES else f"{value:.2f}"
