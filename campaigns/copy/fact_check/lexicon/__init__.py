"""Lists of words and of patterns, a text file each; a line that begins with "# " is a
remark. Pure.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    """Return the lines of a list: one pattern each."""
    said = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in said if line and not line.startswith("# ")]


def any_of(name: str) -> str:
    """Return one pattern for all lines of a list."""
    return "|".join(lines(name))


def small(pattern: str) -> str:
    """Write a pattern in small letters, to be looked for in a text in small letters."""
    return re.sub(r"\\.|\(\?P<\w+>|[A-Z]", lambda one: _small(one[0]), pattern)


def _small(piece: str) -> str:
    return piece.lower() if len(piece) == 1 else piece


def words(name: str) -> frozenset[str]:
    """Return the words of a list, which blanks divide."""
    return frozenset(word for line in lines(name) for word in line.split())


def any_word(name: str) -> str:
    """Return one pattern for all words of a list, the longer ones first."""
    return "|".join(sorted(words(name), key=lambda one: (-len(one), one)))
