"""One thing that is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong: what, where, in words, and how much."""

    kind: str
    subject: str
    words: str
    value: float | None = None
