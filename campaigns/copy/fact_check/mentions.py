"""Find what a text says rightly: allowed claims, names, code, title. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import words

SURNAMES = words("surnames")


@lru_cache(maxsize=4096)
def exactly(words: str, *, folds_case: bool = True) -> re.Pattern[str]:
    """Return the pattern of these words as they stand, never within a longer word."""
    plain = Draft(words).plain.strip()
    body = r"\s+".join(re.escape(one) for one in plain.split())
    head = r"(?<![A-Za-z0-9_])" if plain[:1].isascii() and plain[:1].isalnum() else ""
    tail = r"(?![A-Za-z0-9_])" if plain[-1:].isascii() and plain[-1:].isalnum() else ""
    return re.compile(f"{head}{body}{tail}", re.I if folds_case else 0)


def take(draft: Draft, words: str, *, folds_case: bool = True) -> int:
    """Explain each mention of these words; return how many there are."""
    if not words.strip():
        return 0
    spans = [
        found.span()
        for found in exactly(words, folds_case=folds_case).finditer(draft.left)
    ]
    for span in spans:
        draft.take(*span)
    return len(spans)


def explain(draft: Draft, facts: Facts) -> dict[str, int]:
    """Explain every exact mention of a fact in words; say how often each is there."""
    for claim in sorted(facts.allowed_claims, key=len, reverse=True):
        take(draft, claim)
    name = facts.first_name
    n_name = (
        _take_chinese_name(draft, name) if name[:1] > "\u2e80" else take(draft, name)
    )
    return {
        "code": take(draft, facts.offer.code, folds_case=False),
        "product": take(draft, facts.product.title),
        "shop": take(draft, facts.shop),
        "name": n_name,
    }


def _take_chinese_name(draft: Draft, name: str) -> int:
    """Explain 建国 but not the 建国 of 王建国, who is somebody else."""
    n = 0
    for found in exactly(name).finditer(draft.left):
        before = draft.left[max(0, found.start() - 1) : found.start()]
        if len(name) > 2 or before not in SURNAMES or before in "祝和向对于":
            draft.take(*found.span())
            n += 1
    return n
