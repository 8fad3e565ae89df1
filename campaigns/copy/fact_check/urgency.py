"""Urgency that the offer's own dates don't bear out. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import chain

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import any_of

SCARCE = re.compile(any_of("scarcity_english"), re.I)
ZH_SCARCE = re.compile(any_of("scarcity_chinese"))
PRESSING = (  # the most days to the end that bear it out
    (re.compile(any_of("haste_english"), re.I), 2),
    (re.compile(any_of("haste_chinese")), 3),
)
LIMITED = re.compile(
    r"\b(?:for a )?limited[- ]time(?: only| offer)?\b|\bsoon over\b|限时(?=优惠|折扣|特惠)",
    re.I,
)


def check(draft: Draft, facts: Facts) -> None:
    """Flag scarcity, and haste where the end is far or unknown."""
    for found in chain(draft.find(SCARCE), draft.find_chinese(ZH_SCARCE)):
        draft.flag("urgency", *found.span())
    left = _left(facts)
    for pattern, most_days in PRESSING if draft.is_chinese else PRESSING[:1]:
        for found in draft.find(pattern):
            if left is None or left > timedelta(days=most_days):
                draft.flag("urgency", *found.span())
            else:
                draft.take(*found.span())
    if facts.offer.ends is None:
        for found in draft.find(LIMITED):
            draft.flag("urgency", *found.span())


def _left(facts: Facts) -> timedelta | None:
    """Return how long the offer still holds; nothing where it ended or nobody knows."""
    if not facts.now or not facts.offer.ends:
        return None
    left = facts.offer.ends.ends_at - facts.now
    return left if left > timedelta(0) else None
