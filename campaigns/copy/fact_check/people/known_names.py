"""Which words are somebody's name, and which only stand where a name would. Pure."""

from __future__ import annotations

from campaigns.copy.fact_check.lexicon import words

ENGLISH = words("english")
COMMON = words("common_english")
GIVEN = words("given_names")
COMMON_CHINESE = words("common_chinese")
NAME_LETTERS = words("given_name_letters")
# Endings that a word of the trade has and hardly any name.
WORDLY = ("ing", "ed", "ly", "ness", "tion", "less", "ful", "ies", "ers", "free")


def may_be_called(said: str) -> bool:
    """Say whether words in the place of a name may be one: known as such, or unheard of."""
    return any(_is_given(one) or _is_unheard(one) for one in _parts(said))


def are_called(said: str) -> bool:
    """Say whether words are known to be a name, wherever they stand."""
    return any(_is_given(one) for one in _parts(said))


def _parts(said: str) -> list[str]:
    """Return the words in small letters; none where one of them names nobody."""
    parts = said.split()
    is_nobody = any(
        one.lower().removesuffix("'s") in ENGLISH or (one.isupper() and len(one) > 1)
        for one in parts
    )
    return [] if is_nobody else [one.lower().removesuffix("'s") for one in parts]


def _is_given(word: str) -> bool:
    return word in GIVEN


def _is_unheard(word: str) -> bool:
    is_plural = word.endswith("s") and word[:-1] in COMMON | ENGLISH
    return not (word in COMMON or is_plural or "-" in word or word.endswith(WORDLY))


def is_common_chinese(said: str) -> bool:
    """Say whether Chinese letters are a frequent word."""
    is_shaped_so = len(said) == 2 and said[-1] in NAME_LETTERS  # 晨曦, 高洁
    return said in COMMON_CHINESE and not is_shaped_so


def is_made_of_common(said: str) -> bool:
    """Say whether most of some Chinese letters belong to frequent words."""
    i = n_common = 0
    while i < len(said):
        size = next((n for n in (3, 2) if said[i : i + n] in COMMON_CHINESE), 0)
        n_common += size
        i += size or 1
    return n_common * 2 >= len(said)
