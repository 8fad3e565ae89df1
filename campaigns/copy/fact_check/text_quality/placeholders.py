"""What should have been filled in and wasn't. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.lexicon import any_of

PLACEHOLDER = re.compile(any_of("placeholders"))


def check(draft: Draft) -> None:
    """Flag brackets of templates and words that stand for others."""
    for found in draft.find(PLACEHOLDER):
        draft.flag("placeholder", *found.span())
