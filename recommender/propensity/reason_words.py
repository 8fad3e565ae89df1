"""Reasons in a marketer's words: what features add, summed up by subject, each said by
one fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommender.scorers.link_functions import Floats

from .expressions import LONG

N_REASONS = 3
LEAST = 0.02  # what adds less to a raw score is no reason
Facts = Mapping[str, float]


@dataclass(frozen=True)
class Subject:
    """Features that tell of one thing, by how their names begin; and the fact that says
    it.
    """

    key: str
    prefixes: tuple[str, ...]
    say: Callable[[Facts], str]


def _last(facts: Facts) -> str:
    days = facts["recency"]
    if np.isnan(facts["tenure"]):
        return _("never bought")
    n = round(days)
    said = ngettext("last bought %(n)d day ago", "last bought %(n)d days ago", n) % {
        "n": n
    }
    usual = facts["gap_median"]  # as the portrait says it
    return (
        said
        if np.isnan(usual)
        else _("%(said)s, usually every %(n)d")
        % {
            "said": said,
            "n": max(round(usual), 1),
        }
    )


def _often(facts: Facts) -> str:
    n = round(facts[f"n_orders_{LONG}"])
    return ngettext("%(n)d order in 90 days", "%(n)d orders in 90 days", n) % {"n": n}


def _money(facts: Facts) -> str:
    return _("spent %(amount)s in 90 days") % {
        "amount": _amount(facts[f"spend_{LONG}"])
    }


def _basket(facts: Facts) -> str:
    return _("%(amount)s an order") % {
        "amount": _amount(float(np.nan_to_num(facts["basket"])))
    }


def _amount(value: float) -> str:
    """Plain, for it is said of every customer: a format by the book costs fifty times
    as much.
    """
    return f"{value:,.2f} {settings.SHOP_CURRENCY}"


def _rhythm(facts: Facts) -> str:
    longest = facts["gap_max"]
    if np.isnan(longest):
        return _("no rhythm known yet")
    return _("longest pause %(n)d days") % {"n": round(longest)}


def _since(facts: Facts) -> str:
    if np.isnan(facts["tenure"]):
        return _("not a customer yet")
    return _("first bought %(n)d days ago") % {"n": round(facts["tenure"])}


def _discount(facts: Facts) -> str:
    return _("%(share)d %% of the price saved by discounts") % {
        "share": round(100 * facts["share_discount"])
    }


def _steady(facts: Facts) -> str:
    return _("bought in %(n)d of the last 13 weeks") % {
        "n": round(facts["weeks_active"])
    }


SUBJECTS = (
    Subject("last", ("recency", "overdue", "longest_ratio", "gap_last"), _last),
    Subject("often", ("n_orders", "warm_"), _often),
    Subject("steady", ("weeks_", "months_"), _steady),
    Subject("money", ("spend_",), _money),
    Subject("basket", ("basket", "lines"), _basket),
    Subject("rhythm", ("gap_",), _rhythm),
    Subject("since", ("tenure",), _since),
    Subject("discount", ("share_discount",), _discount),
)


def subject_of(name: str) -> Subject:
    """Return the subject of a feature; one of its own for another type of event."""
    found = next(
        (
            one
            for one in SUBJECTS
            if name.startswith(one.prefixes) and not name.startswith("n_")
        ),
        None,
    )
    if found or name in ("n_orders", "n_days") or name.startswith("n_orders_"):
        return found or SUBJECTS[1]
    kind = (
        name.removeprefix("n_").removesuffix(f"_{LONG}")
        if name.startswith("n_")
        else name.removeprefix("since_")
    )
    return Subject(f"touch {kind}", (), lambda facts: _touched(facts, kind))


def _touched(facts: Facts, kind: str) -> str:
    n = round(facts[f"n_{kind}_{LONG}"])
    # counted apart only where the question is about a part of the shop
    if kind == "purchase":
        return ngettext(
            "%(n)d thing bought of any kind in 90 days",
            "%(n)d things bought of any kind in 90 days",
            n,
        ) % {"n": n}
    return _("%(kind)s: %(n)d in 90 days") % {"kind": kind.replace("_", " "), "n": n}


class Speaker:
    """Turns contributions into sentences; ``sign`` is −1 for a score that is the
    opposite of what was learned.
    """

    def __init__(self, names: Sequence[str], sign: int = 1) -> None:
        self.names, self.sign = tuple(names), sign
        self.subjects: dict[str, Subject] = {}
        self.places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            subject = subject_of(name)
            self.subjects.setdefault(subject.key, subject)
            self.places.setdefault(subject.key, []).append(place)

    def sums(self, contributions: Floats) -> Floats:
        """Sum contributions up by subject: (n, d) → (n, n_subjects); their sum stays
        the same.
        """
        return np.column_stack(
            [contributions[:, places].sum(1) for places in self.places.values()]
        )

    def reasons(self, values: Floats, contributions: Floats) -> list[list[str]]:
        """Say each customer's strongest reasons, strongest first: (n, d), (n, d) → n
        lists.
        """
        sums = self.sign * self.sums(contributions)
        order = np.argsort(-np.abs(sums), axis=1, kind="stable")[:, :N_REASONS]
        keys = list(self.places)
        return [
            [
                self._say(keys[at], values[row], sums[row, at])
                for at in places
                if abs(sums[row, at]) >= LEAST
            ]
            for row, places in enumerate(order)
        ]

    def _say(self, key: str, values: Floats, added: float) -> str:
        fact = self.subjects[key].say(
            dict(zip(self.names, values.tolist(), strict=True))
        )
        return (_("raises it: %s") if added > 0 else _("lowers it: %s")) % fact
