"""Whether a text is in the language that its reader chose. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import BLOT, Draft
from campaigns.copy.fact_check.lexicon import words

# kana, hangul, Cyrillic, Arabic, Thai, Hebrew, Devanagari
_OTHER = "\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u0590-\u05ff\u0900-\u097f"
_FOREIGN = rf"[{_OTHER}\u3400-\u9fff]"
FOREIGN_RUN = re.compile(rf"{_FOREIGN}(?:[^\n\ufffcA-Za-z]{{0,60}}{_FOREIGN}){{0,60}}")
NOT_CHINESE = re.compile(
    rf"[{_OTHER}](?:[^\n\ufffc，。！？,.!?]{{0,40}}[{_OTHER}]){{0,40}}"
)
LATIN_RUN = re.compile(
    r"(?<![A-Za-zÀ-ɏ'])[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ']{0,30}"
    r"(?:[ ,:;-]{1,2}(?:[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ']{0,30}|\d{1,9}%?|\ufffc{1,60}|[€£$]\d{1,9})){2,60}"
)
# characters that the mainland's script writes otherwise
TRADITIONAL = re.compile(f"[{''.join(sorted(words('traditional')))}]")
ENGLISH_STOPS = words("stops_english")
FOREIGN_STOPS = words("stops_foreign")
WEAK_FOREIGN = words("stops_foreign_weak")
WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:'[A-Za-zÀ-ɏ]+)?")
SENTENCE = re.compile(r"[^.!?\n]{3,400}")


def check(draft: Draft, language: str) -> None:
    """Flag what is written in another language; names and titles were taken before."""
    if language == "en":
        _script(draft, FOREIGN_RUN)
        for found in draft.find(SENTENCE):
            if _is_foreign(found[0]):
                said = found[0]
                start = found.start() + len(said) - len(said.lstrip(" " + BLOT))
                draft.flag("language", start, start + len(said.strip(" " + BLOT)))
        return
    _script(draft, NOT_CHINESE)
    _traditional(draft)


def latin(draft: Draft) -> None:
    """Flag English among Chinese, once brands and titles are told from it."""
    for found in draft.find(LATIN_RUN):
        if len(WORD.findall(found[0])) >= 3 and not found[0].isupper():
            draft.flag("language", *found.span())


def _script(draft: Draft, pattern: re.Pattern[str]) -> None:
    for found in draft.find(pattern):
        draft.flag("language", *found.span())


def _traditional(draft: Draft) -> None:
    odd = [one.start() for one in TRADITIONAL.finditer(draft.left)]
    # one character alone may stand in a name; two are a habit of writing
    if len(odd) >= 2:
        start, end = odd[0], odd[-1] + 1
        while start > 0 and "\u4e00" <= draft.left[start - 1] <= "\u9fff":
            start -= 1
        while end < len(draft.left) and "\u4e00" <= draft.left[end] <= "\u9fff":
            end += 1
        draft.flag("language", start, end)


def _is_foreign(sentence: str) -> bool:
    words = [one.lower() for one in WORD.findall(sentence)]
    strong = sum(1 for one in words if one in FOREIGN_STOPS)
    weak = sum(1 for one in words if one in WEAK_FOREIGN)
    accented = sum(1 for one in words if not one.isascii() and one not in FOREIGN_STOPS)
    english = sum(1 for one in words if one in ENGLISH_STOPS)
    score = strong + weak * 0.6 + accented * 0.5
    # weak words are English ones, too (die, hat, pour): they never decide alone
    return strong + accented >= 1 and score >= 1.5 and score > english
