"""Fill a version's words for sample customers and say what would go wrong. Pure but for
the templates' cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.rendering.compose import preview
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.template_cache import VersionWords, Words


@dataclass(frozen=True)
class Sample:
    """One customer to try the words on; ``name`` is how a problem speaks of them."""

    name: str
    context: Mapping[str, Any]


def problems(
    words: VersionWords, arm: str, channel: str, samples: Sequence[Sample]
) -> list[str]:
    """Return one sentence for each way in which the words of an arm's channel fail;
    none when all can be said.

    Every language is tried on every sample: who reads it next is not known yet.
    """
    found: list[str] = []
    for language in ("", *words.languages(arm, channel)):
        try:
            found += _failures(words.of(arm, channel, language), language, samples)
        except WordsError as error:
            found.append(f"messages.{error}{_in(language)}")
    return found


def _failures(parsed: Words, language: str, samples: Sequence[Sample]) -> list[str]:
    failed: Counter[str] = Counter()
    first: dict[str, str] = {}
    for sample in samples:
        try:
            preview(parsed, sample.context)
        except WordsError as error:
            failed[str(error)] += 1
            first.setdefault(str(error), sample.name)
    return [
        f"messages.{error}{_in(language)} ({_whom(first[error], n, len(samples))})"
        for error, n in failed.items()
    ]


def _in(language: str) -> str:
    return f" In the words for {language}." if language else ""


def _whom(name: str, n: int, n_samples: int) -> str:
    return (
        f"for {name}"
        if n == 1
        else f"for {n} of {n_samples} sample customers, such as {name}"
    )
