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

from recommender.scorers.link_functions import Family, Floats

from .expressions import LONG

N_REASONS = 3
LEAST = 0.02  # what adds less to a raw score is no reason
NUDGE = 1e-6  # of a raw score: nearer to the usual one, its slope there is taken
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

    def reasons(
        self, values: Floats, contributions: Floats, bias: float, family: Family
    ) -> list[Reasons]:
        """Say each customer's strongest reasons, strongest first: (n, d), (n, d)."""
        keys = list(self.places)
        return spoken(
            self.sums(contributions),
            bias,
            family,
            self.sign,
            lambda row, at: self.subjects[keys[at]].say(
                dict(zip(self.names, values[row].tolist(), strict=True))
            ),
        )


@dataclass(frozen=True)
class Reasons:
    """One customer's reasons in words, and what they come to: ``usual + sum(amounts) +
    rest`` is the score.
    """

    words: list[str]
    usual: float
    amounts: list[float]  # of each reason
    rest: float


def spoken(
    sums: Floats,
    bias: float,
    family: Family,
    sign: int,
    say: Callable[[int, int], str],
) -> list[Reasons]:
    """Put what adds most to each raw score into words, with its share of the score.

    Shares are those of Aumann and Shapley (1974) on the way from the usual raw score,
    ``bias``, to the customer's: each adds to the score in proportion to what it adds to
    the raw score (n, n_subjects), so all of them add up to it exactly.
    """
    raw = sums.sum(1)
    usual, scores = family.expected(np.array([bias]))[0], family.expected(bias + raw)
    slope = family.expected(np.array([bias + NUDGE]))[0] - usual
    is_far = np.abs(raw) > NUDGE
    per_raw = np.where(
        is_far, (scores - usual) / np.where(is_far, raw, 1.0), slope / NUDGE
    )
    amounts = sign * sums * per_raw[:, None]
    order = np.argsort(-np.abs(sums), axis=1, kind="stable")[:, :N_REASONS]
    start = 1 - usual if sign < 0 else usual
    found = []
    for row, places in enumerate(order):
        named = [int(at) for at in places if abs(sums[row, at]) >= LEAST]
        each = [float(amounts[row, at]) for at in named]
        rest = float(amounts[row].sum()) - sum(each)
        words = [
            _reason(say(row, at), amount, family)
            for at, amount in zip(named, each, strict=True)
        ]
        words += [_left(float(start), rest, family)] if named else []
        found.append(Reasons(words, float(start), each, rest))
    return found


def _reason(fact: str, amount: float, family: Family) -> str:
    said = (
        _("raises it by %(amount)s: %(fact)s")
        if amount > 0
        else _("lowers it by %(amount)s: %(fact)s")
    )
    return said % {"amount": _worth(abs(amount), family), "fact": fact}


def _left(usual: float, rest: float, family: Family) -> str:
    said = (
        _("usual is %(usual)s, all else raises it by %(amount)s")
        if rest >= 0
        else _("usual is %(usual)s, all else lowers it by %(amount)s")
    )
    share = f"{100 * usual:.1f} %" if family is Family.YES else _amount(usual)
    return said % {"usual": share, "amount": _worth(abs(rest), family)}


def _worth(amount: float, family: Family) -> str:
    if family is Family.YES:
        return _("%(n)s points") % {"n": f"{100 * amount:.1f}"}
    return _amount(amount)
