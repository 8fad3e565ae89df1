"""Urgency that the offer's own dates don't bear out. Pure."""

from __future__ import annotations

import re
from itertools import chain

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import any_of, small

SCARCE = re.compile(small(any_of("scarcity_english")))
ZH_SCARCE = re.compile(any_of("scarcity_chinese"))
PRESSING = (  # the most days to the end that bear it out
    (re.compile(small(any_of("haste_english"))), 2),
    (re.compile(any_of("haste_chinese")), 3),
)
LIMITED = re.compile(
    r"\b(?:for a )?limited[- ]time(?: only| offer)?\b|\bsoon over\b|限时(?=优惠|折扣|特惠)",
    re.I,
)


def check(draft: Draft, facts: Facts) -> None:
    """Flag scarcity, and haste where the end is far or unknown."""
    for found in chain(draft.find_small(SCARCE), draft.find_chinese(ZH_SCARCE)):
        draft.flag("urgency", *found.span())
    left = _days_left(facts)
    for pattern, most_days in PRESSING if draft.is_chinese else PRESSING[:1]:
        for found in draft.find_small(pattern):
            if left is None or left > most_days:
                draft.flag("urgency", *found.span())
            else:
                draft.take(*found.span())
    if facts.offer.ends is None:
        for found in draft.find(LIMITED):
            draft.flag("urgency", *found.span())


def _days_left(facts: Facts) -> int | None:
    """Return for how many nights the offer still holds; nothing where it ended or nobody
    knows.
    """
    if not facts.now or not facts.offer.ends or facts.offer.ends.ends_at < facts.now:
        return None
    return (facts.offer.ends.day - facts.now.date()).days
