"""What belongs to the writing of a text and not in it: prompts, examples, notes. Pure."""

from __future__ import annotations

import re
from itertools import chain

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.lexicon import any_of, small

LEAK = re.compile(small(any_of("leaks_english")), re.M)
ZH_LEAK = re.compile(any_of("leaks_chinese"), re.M)

NEXT = re.compile(r"(?<=[a-z]) (?=[A-Z])")


def check(draft: Draft) -> None:
    """Flag prompts, examples, notes to colleagues, and a model's chatter."""
    for found in chain(draft.find_small(LEAK), draft.find_chinese(ZH_LEAK)):
        said = draft.left[slice(*found.span())]
        start = found.start() + len(said) - len(said.lstrip())
        draft.flag("leak", start, start + _n_own(said.strip()))


def _n_own(said: str) -> int:
    """Return how many letters belong to a label: the message after it begins high."""
    label, colon, rest = said.partition(":")
    begins = NEXT.search(rest, 1) if colon else None
    return len(label) + 1 + begins.start() if begins else len(said)
