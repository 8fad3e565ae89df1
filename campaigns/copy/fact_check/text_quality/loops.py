"""Words that a generator says again and again. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import BLOT, Draft

UNIT = re.compile(r"[A-Za-zÀ-ɏ0-9']+|[\u4e00-\u9fff]|\ufffc+")
LONG = {"en": 5, "zh-hans": 8}  # so many words told twice are no chance
LONGEST = 4000  # units looked at: a longer text is refused for its length anyway


def check(draft: Draft, language: str) -> None:
    """Flag the second and later tellings of the same words."""
    units = [
        (one[0].lower() if one[0][0] != BLOT else BLOT, *one.span())
        for one in UNIT.finditer(draft.left)
    ][:LONGEST]
    words = [one[0] for one in units]
    span = _in_a_row(words) or _twice(words, LONG[language])
    if span:
        first, last = span
        draft.flag("loop", units[first][1], units[last][2])


def _in_a_row(words: list[str]) -> tuple[int, int] | None:
    """Find a group of words told at once again: three times, or twice if it is long."""
    # the shortest group first: a loop of two words is one of four, six and eight, too
    for size in range(1, 25):
        n_same = 0
        for i in range(size, len(words)):
            n_same = n_same + 1 if words[i] == words[i - size] else 0
            group = words[i - size + 1 : i + 1]
            if not n_same or n_same % size or all(one == BLOT for one in group):
                continue
            n_times = n_same // size + 1
            is_long = size >= (3 if group[0].isascii() else 5)
            letters = sum(len(one) for one in group)
            least = 3 if letters > 1 else 4  # 买买买 is an idiom, four are none
            if (n_times >= least and not group[0].isdigit()) or (
                n_times == 2 and is_long
            ):
                last = i
                while (
                    last + 1 < len(words) and words[last + 1] == words[last + 1 - size]
                ):
                    last += 1
                return i - n_same - size + 1, last
    return None


def _twice(words: list[str], size: int) -> tuple[int, int] | None:
    """Find a longer group of words that comes again anywhere."""
    seen: dict[tuple[str, ...], int] = {}
    for i in range(len(words) - size + 1):
        group = tuple(words[i : i + size])
        # a title or a code may be told twice: what is mostly explained says nothing of
        # a loop
        if sum(1 for one in group if one == BLOT) * 2 >= size:
            continue
        first = seen.setdefault(group, i)
        if first + size <= i:
            last = i + size - 1
            n = size
            while last + 1 < len(words) and words[last + 1] == words[first + n]:
                last, n = last + 1, n + 1
            return i, last
    return None
