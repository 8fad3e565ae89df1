"""Whether all of a shop's texts are English: that decides which model they get."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from .scripts import LATIN, has_letters, script

ENGLISH = "en"
SURE = 0.6  # probability of another language from which a text counts as not English
# share of texts that may look like another language of the same script: names of wines
# and dishes do
MOST_LATIN = 0.01
# share of texts that may be in another script: one stray search is no language of the
# shop
MOST_FOREIGN = 0.001
MAX_CHARACTERS = 400  # of one text


def all_english(texts: Sequence[str]) -> tuple[bool, str]:
    """Say whether every text is English but for strays, and what was counted."""
    read = [text[:MAX_CHARACTERS] for text in texts if has_letters(text)]
    n_foreign = sum(script(text) != LATIN for text in read)
    if n_foreign > MOST_FOREIGN * len(read):
        return False, f"{n_foreign:,} of {len(read):,} texts are in another script"
    others = [name for name in map(_language, read) if name]
    if len(others) > MOST_LATIN * len(read):
        most = max(sorted(set(others)), key=others.count)
        return (
            False,
            (
                f"{len(others):,} of {len(read):,} texts are not English, most of them"
                f" {most}"
            ),
        )
    return True, f"{len(read):,} texts are English"


def _language(text: str) -> str | None:
    """Name the language of a text that is surely not English."""
    name, probability = _detector().classify(text.lower())
    return str(name) if name != ENGLISH and probability >= SURE else None


@cache
def _detector() -> Any:
    # of the extra `learn`: a shop that only sends may lack it
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
