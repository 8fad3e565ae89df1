"""A segment's rule in the marketer's words."""

from typing import Any


def in_words(rule: dict[str, Any]) -> str:
    from profiles.segments import describe

    return describe(rule)
