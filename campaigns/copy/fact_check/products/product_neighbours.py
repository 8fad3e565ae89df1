"""Words beside a product's name that make it another product. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from campaigns.copy.fact_check.draft import BLOT, Draft
from campaigns.copy.fact_check.lexicon import any_word, words

ENGLISH = words("english")
GLUE = frozenset("of the a an in with for and w on to by at from s".split())
VARIANTS = words("variants_english")
ZH_VARIANT = re.compile(any_word("variants_chinese"))
AFTER_NUMBER = re.compile(
    r" ?(?:%|percent|[€£$¥]|off\b|折|元|块|days?\b|hours?\b|天|小时|月|日|号|点|:|[./]\d"
    r"|for\b|left\b|件|份|st\b|th\b)",
    re.I,
)
NUMBER_AFTER = re.compile(r" ?[A-Za-z]?\d{1,5}(?:[A-Za-z]{1,4}\b)?")


@dataclass(frozen=True)
class Run:
    """Neighbouring words of a text that stand in the title too."""

    first: int  # of the text's tokens
    last: int
    in_title: int  # where they begin in the title
    n: int


def stem(word: str) -> str:
    word = word.lower().replace("'s", "").replace(".", "")
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def foreign(
    draft: Draft,
    group: list[Run],
    said: list[tuple[str, int, int]],
    names: list[str],
    *,
    is_chinese: bool,
) -> tuple[int, int] | None:
    """Return the span of words among or beside a mention that belong to another product."""
    spans = []
    for one, other in pairwise(group):
        between = [said[i] for i in range(one.last + 1, other.first)]
        # words between two parts of a title that the title lacks name another product
        if between and not all(w.lower() in GLUE for w, _a, _b in between):
            has_place = other.in_title > one.in_title
            if has_place or any(_is_other(w, names) for w, _a, _b in between):
                spans.append((between[0][1], between[-1][2]))
    start, end = said[group[0].first][1], said[group[-1].last][2]
    spans += (
        _chinese_beside(draft, start, end, names)
        if is_chinese
        else _english_beside(draft, group, said, names)
    )
    return (min(s for s, _e in spans), max(e for _s, e in spans)) if spans else None


def _is_other(word: str, names: list[str]) -> bool:
    return stem(word) not in names and (
        word.isdigit() or word.lower() in VARIANTS or (word.isupper() and len(word) > 1)
    )


def _english_beside(
    draft: Draft, group: list[Run], said: list[tuple[str, int, int]], names: list[str]
) -> list[tuple[int, int]]:
    """Look at the neighbours of a mention: GLASS before HEART HOLDER, 14 after iPhone."""
    found = []
    style = [said[i][0] for run in group for i in range(run.first, run.last + 1)]
    is_upper = any(one.isupper() and len(one) > 2 for one in style)
    is_title = not is_upper and any(one[:1].isupper() for one in style)
    at, edge = group[0].first, said[group[0].first][1]
    while at > 0 and _belongs(
        draft, said[at - 1], edge, is_upper=is_upper, is_title=is_title
    ):
        at -= 1
        if _is_foreign(said[at][0], names):
            found.append(said[at][1:])
        edge = said[at][1]
    at, edge = group[-1].last, said[group[-1].last][2]
    while at + 1 < len(said) and _belongs_after(
        draft, edge, said[at + 1], is_upper=is_upper, is_title=is_title
    ):
        at += 1
        if _is_foreign(said[at][0], names):
            found.append(said[at][1:])
        edge = said[at][2]
    return found


def _is_foreign(word: str, names: list[str]) -> bool:
    return stem(word) not in names and word.lower() not in GLUE


def _belongs(
    draft: Draft,
    token: tuple[str, int, int],
    edge: int,
    *,
    is_upper: bool,
    is_title: bool,
) -> bool:
    word, start, end = token
    if draft.left[end:edge].strip(" /&+-") or not draft.left[end:edge]:
        return False
    if word.isdigit():
        return False
    return _continues(draft, word, start, is_upper=is_upper, is_title=is_title)


def _belongs_after(
    draft: Draft,
    edge: int,
    token: tuple[str, int, int],
    *,
    is_upper: bool,
    is_title: bool,
) -> bool:
    word, start, end = token
    if draft.left[edge:start].strip(" /&+-") or not draft.left[edge:start]:
        return False
    if word.isdigit():
        return not AFTER_NUMBER.match(draft.left, end)
    return _continues(draft, word, start, is_upper=is_upper, is_title=is_title)


def _continues(
    draft: Draft, word: str, start: int, *, is_upper: bool, is_title: bool
) -> bool:
    low = word.lower()
    if low in GLUE:
        return False
    if low in VARIANTS:
        return word.islower() or is_upper == word.isupper() or is_title
    # a title in capitals goes on in capitals: other words beside it are the sentence's
    if is_upper:
        return word.isupper() and len(word) > 1 and low not in ENGLISH
    if is_title:
        return (
            word[:1].isupper()
            and low not in ENGLISH
            and not starts_sentence(draft, start)
        )
    return False


def starts_sentence(draft: Draft, start: int) -> bool:
    before = draft.left[:start].rstrip(" \"'(*")
    return not before or before[-1] in ".!?:\n。！？：" + BLOT


def _chinese_beside(
    draft: Draft, start: int, end: int, names: list[str]
) -> list[tuple[int, int]]:
    title = "".join(names)
    found = []
    for variant in ZH_VARIANT.finditer(draft.left[max(0, start - 4) : end + 5]):
        at = max(0, start - 4) + variant.start()
        touches = at + len(variant[0]) in (start, start - 1) or at in (end, end + 1)
        if touches and variant[0] not in title:
            found.append((at, at + len(variant[0])))
    if after := NUMBER_AFTER.match(draft.left, end):
        is_bare = after[0].strip().isdigit() and not after[0][:1].strip()
        if not is_bare and not AFTER_NUMBER.match(draft.left, after.end()):
            found.append(after.span())
    return found
