"""Mark a wrong sentence whole where nothing in it is right. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from campaigns.copy.fact_check.draft import Draft, Problem

WHOLE = frozenset(["claim", "urgency", "personal", "leak", "language"])
LONGEST = 120  # letters
ENDS = ".!?\n。！？"

NEXT = re.compile(r" [A-Z]")  # the message itself, behind a label that no mark ends


def whole(draft: Draft) -> list[Problem]:
    """Return the problems, those of one kind in one sentence without facts as one."""
    kept: list[Problem] = []
    for one in sorted(draft.problems):
        if one.kind in WHOLE:
            one = _widened(draft, one)
        if (
            kept
            and kept[-1].end > one.start
            and kept[-1].kind == one.kind
            and one.kind in WHOLE
        ):
            continue
        kept.append(one)
    return kept


def _widened(draft: Draft, one: Problem) -> Problem:
    start, end = one.start, one.end
    ends = ENDS + ":：" if one.kind == "leak" else ENDS
    while start > 0 and not _ends(draft.raw, start - 1, ends):
        start -= 1
    is_cut = one.kind == "leak" and NEXT.match(draft.raw, end)
    if end and not is_cut and not _ends(draft.raw, end - 1, ends):
        while end < len(draft.raw) and not _ends(draft.raw, end, ends):
            end += 1
    if end < len(draft.raw) and draft.raw[end] in ends.replace("\n", ""):
        end += 1
    start += len(draft.raw[start:end]) - len(draft.raw[start:end].lstrip())
    if (
        end - start > LONGEST
        or draft.is_explained(start, one.start)
        or draft.is_explained(one.end, end)
    ):
        return one
    return replace(one, start=start, end=end, said=draft.raw[start:end])


def _ends(text: str, i: int, ends: str) -> bool:
    """Say whether a sentence ends with this letter: 3.50 and bit.ly hold no end."""
    if text[i] not in ends:
        return False
    return (
        text[i] != "." or not text[i + 1 : i + 2].strip() or not text[i + 1].isalnum()
    )
