"""Fill a version's words for sample customers and say what would go wrong. Pure but for the templates' cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.words.compose import preview
from campaigns.words.liquid import WordsError
from campaigns.words.templates import VersionWords


@dataclass(frozen=True)
class Sample:
    """One customer to try the words on; ``name`` is how a problem speaks of them."""

    name: str
    context: Mapping[str, Any]


def problems(words: VersionWords, arm: str, channel: str, samples: Sequence[Sample]) -> list[str]:
    """Return one sentence for each way in which the words of an arm's channel fail; none when all can be said."""
    try:
        parsed = words.of(arm, channel)
    except WordsError as error:
        return [f"messages.{error}"]
    failed: Counter[str] = Counter()
    first: dict[str, str] = {}
    for sample in samples:
        try:
            preview(parsed, sample.context)
        except WordsError as error:
            failed[str(error)] += 1
            first.setdefault(str(error), sample.name)
    return [f"messages.{error} ({_whom(first[error], n, len(samples))})" for error, n in failed.items()]


def _whom(name: str, n: int, n_samples: int) -> str:
    return f"for {name}" if n == 1 else f"for {n} of {n_samples} sample customers, such as {name}"
