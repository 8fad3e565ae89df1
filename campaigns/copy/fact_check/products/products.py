"""The product: named as the catalogue names it, shortened or whole, and no other. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import BLOT, Draft
from campaigns.copy.fact_check.lexicon import words
from campaigns.copy.fact_check.products.product_neighbours import (
    GLUE,
    VARIANTS,
    Run,
    foreign,
    starts_sentence,
    stem,
)

TOKEN = re.compile(r"[A-Za-z0-9À-ɏ]+(?:['.][A-Za-z0-9]+)*|[\u4e00-\u9fff]")
ENGLISH = words("english")


def shortened(draft: Draft, title: str) -> int:
    """Explain the title's shortened mentions, flag nearly the title; return how many
    mentions there are.
    """
    wanted = _tokens(title)
    if len(wanted) < 1:
        return 0
    names = [stem(one[0]) for one in wanted]
    said = _tokens(draft.left)
    runs = _joined(_runs([stem(one[0]) for one in said], names), said, draft)
    n_mentions = 0
    for group in runs:
        n_mentions += _settle(draft, group, said, names, title)
    return n_mentions


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(found[0], *found.span()) for found in TOKEN.finditer(text)]


def _runs(said: list[str], names: list[str]) -> list[Run]:
    """Return the longest runs of title words, in the order of the text."""
    places: dict[str, list[int]] = {}
    for j, name in enumerate(names):
        places.setdefault(name, []).append(j)
    found, i = [], 0
    while i < len(said):
        best = Run(i, i, 0, 0)
        for j in places.get(said[i], ()):
            n = 1
            while (
                i + n < len(said) and j + n < len(names) and said[i + n] == names[j + n]
            ):
                n += 1
            if n > best.n:
                best = Run(i, i + n - 1, j, n)
        if best.n:
            found.append(best)
        i += max(1, best.n)
    return found


def _joined(
    runs: list[Run], said: list[tuple[str, int, int]], draft: Draft
) -> list[list[Run]]:
    """Put runs together that are at most two foreign words apart in one phrase."""
    groups: list[list[Run]] = []
    for run in runs:
        if groups:
            last = groups[-1][-1]
            gap = draft.left[said[last.last][2] : said[run.first][1]]
            n_between = run.first - last.last - 1
            is_near = n_between <= 2 and not re.search(
                rf"[.!?;:\n,。，！？；{BLOT}]", gap
            )
            if is_near:
                groups[-1].append(run)
                continue
        groups.append([run])
    return groups


def _settle(
    draft: Draft,
    group: list[Run],
    said: list[tuple[str, int, int]],
    names: list[str],
    title: str,
) -> int:
    words = [said[i][0] for run in group for i in range(run.first, run.last + 1)]
    content = [one for one in words if _is_content(one)]
    is_chinese = any(one > "\u2e80" for one in words)
    if not _is_mention(content, group, names, is_chinese=is_chinese):
        return 0
    if (
        len(words) == 1
        and not is_chinese
        and _is_in_a_name(draft, said, group[0].first)
    ):
        return 0
    first, last = group[0].first, group[-1].last
    start, end = said[first][1], said[last][2]
    other = foreign(draft, group, said, names, is_chinese=is_chinese)
    if other is None:
        draft.take(start, end)
        return 1
    draft.flag("product", min(start, other[0]), max(end, other[1]), title)
    return 1


def _is_in_a_name(draft: Draft, said: list[tuple[str, int, int]], at: int) -> bool:
    """Say whether a single word is a part of somebody else's title: Card Holder."""
    word, start, _end = said[at]
    if at and not draft.left[said[at - 1][2] : start].strip(" /&-+"):
        before = said[at - 1]
        is_high = before[0][:1].isupper() and not starts_sentence(draft, before[1])
        if is_high and word[:1].isupper() and before[0].lower() not in ENGLISH:
            return True
    return False


def _is_content(word: str) -> bool:
    low = word.lower()
    return low not in GLUE and (low not in ENGLISH or not word.islower())


def _is_mention(
    content: list[str], group: list[Run], names: list[str], *, is_chinese: bool
) -> bool:
    if is_chinese:
        return any(one.n >= min(2, len(names)) for one in group)
    n_names = sum(1 for one in names if one not in GLUE)
    if len(content) >= min(2, n_names) and n_names:
        return any(not one.isdigit() for one in content) or n_names == 1
    # one rare word of the title alone: "the lantern"
    return (
        len(content) == 1
        and len(content[0]) > 3
        and content[0].lower() not in ENGLISH | VARIANTS
    )
