"""Words of a text that say what it is about: English words without their endings,
Chinese characters in pairs, and numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import log
from pathlib import Path

import yaml

WORD = re.compile(r"[a-zà-ɏ]+(?:'[a-z]{1,2})?|\d+(?:[.,]\d+)*|[\u3400-\u9fff]+")
HAN = re.compile(r"[\u3400-\u9fff]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LEXICON = Path(__file__).parent / "lexicon"
CHINESE, ENGLISH = "zh", "en"

_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("ly", ""),
    ("es", ""),
    ("s", ""),
)
LEAST_STEM = 3
_DIGITS = {
    character: number
    for number, characters in enumerate(
        ("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九")
    )
    for character in characters
}
_HAN_NUMBER = re.compile("[零〇一二两三四五六七八九十百]{1,5}")
_ENGLISH_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {
    "fourteen": "14", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100",
}  # fmt: skip


@lru_cache(maxsize=4)
def lexicon(language: str) -> dict[str, frozenset[str]]:
    """Return the lists of words of a language by name."""
    read = yaml.safe_load((LEXICON / f"{language}.yaml").read_text(encoding="utf-8"))
    return {name: frozenset(map(str, words)) for name, words in read.items()}


def normal(text: str) -> str:
    """Bring full-width forms to plain ones, and capitals to small letters."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").lower()


def terms(text: str) -> list[str]:
    """Return the words that carry meaning, as they are compared."""
    found: list[str] = []
    for run in WORD.findall(normal(text)):
        found += _pairs(run) if HAN.match(run) else _stem(run)
    return found


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text, those in words too, without their thousands'
    signs.
    """
    plain = normal(text)
    digits = {_number(one) for one in NUMBER.findall(plain)}
    said = {
        _ENGLISH_NUMBERS[word]
        for word in re.findall(r"[a-z]+", plain)
        if word in _ENGLISH_NUMBERS
    }
    han = {str(value) for one in _HAN_NUMBER.findall(plain) if (value := _han(one))}
    return frozenset(digits | said | han)


def rarity(texts: Iterable[Iterable[str]]) -> Mapping[str, float]:
    """Weigh each word by how few texts hold it (Robertson 2004)."""
    held = [frozenset(one) for one in texts]
    counted = Counter(word for one in held for word in one)
    return {word: log(1 + len(held) / n) for word, n in counted.items()}


def _stem(word: str) -> list[str]:
    if word[0].isdigit():
        return [_number(word)]
    bare = word.split("'")[0]
    if bare in lexicon(ENGLISH)["stops"]:
        return []
    alike = synonyms().get(bare)
    return [alike or _without_ending(bare)]


@lru_cache(maxsize=1)
def synonyms() -> dict[str, str]:
    """Name the first word of each group of words that shops use for the same."""
    return {
        word: group.split()[0]
        for group in lexicon(ENGLISH)["same"]
        for word in group.split()
    }


def _without_ending(word: str) -> str:
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            stem = word[: len(word) - len(ending)] + instead
            if (
                len(stem) > LEAST_STEM
                and stem[-1] == stem[-2]
                and stem[-1] not in "lsz"
            ):
                stem = stem[:-1]
            word = stem
            break
    return word[:-1] if len(word) > LEAST_STEM and word.endswith("e") else word


def _pairs(run: str) -> list[str]:
    """Cut a run of characters at the words that say nothing, and pair what is left."""
    for stop in sorted(lexicon(CHINESE)["stops"], key=len, reverse=True):
        run = run.replace(stop, " ")
    for group in lexicon(CHINESE)["same"]:
        first, *others = group.split()
        for other in others:
            run = run.replace(other, first)
    found = []
    for part in run.split():
        found += (
            [part]
            if len(part) == 1
            else [part[at : at + 2] for at in range(len(part) - 1)]
        )
    return found


def _number(digits: str) -> str:
    plain = re.sub(r",(?=\d{3})", "", digits).replace(",", ".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _han(word: str) -> int | None:
    """Read 十五, 三十, 一百 …; a single character that may be no number tells nothing."""
    if word == "一" or not any(one in word for one in "二两三四五六七八九十百"):
        return None
    total, digit = 0, 0
    for one in word:
        if one == "百":
            total, digit = total + max(digit, 1) * 100, 0
        elif one == "十":
            total, digit = total + max(digit, 1) * 10, 0
        else:
            digit = _DIGITS[one]
    return total + digit
