"""Find what a text says rightly: allowed claims, names, code, title. Pure."""

from __future__ import annotations

from campaigns.copy.fact_check.draft import SMALL, Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import words

SURNAMES = words("surnames")


def places(
    draft: Draft, words: str, *, folds_case: bool = True
) -> list[tuple[int, int]]:
    """Return where these words stand as they are, never within a longer word."""
    wanted = Draft(words).plain.strip()
    text = draft.left
    if folds_case:
        wanted, text = wanted.translate(SMALL), text.translate(SMALL)
    found, at = [], text.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if not (_joins(text, at) or _joins(text, end)):
            found.append((at, end))
        at = text.find(wanted, end)
    return found


def _joins(text: str, at: int) -> bool:
    """Say whether one word runs over this place. Chinese letters join nothing."""
    both = text[max(0, at - 1) : at + 1]
    return 0 < at < len(text) and all(
        one.isascii() and (one.isalnum() or one == "_") for one in both
    )


def take(draft: Draft, words: str, *, folds_case: bool = True) -> int:
    """Explain each mention of these words; return how many there are."""
    spans = places(draft, words, folds_case=folds_case)
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
    for start, end in places(draft, name):
        before = draft.left[max(0, start - 1) : start]
        if len(name) > 2 or before not in SURNAMES or before in "祝和向对于":
            draft.take(start, end)
            n += 1
    return n
