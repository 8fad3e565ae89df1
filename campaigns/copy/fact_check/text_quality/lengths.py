"""Length in the channel's own count. Pure."""

from __future__ import annotations

from unicodedata import east_asian_width

from campaigns.copy.fact_check.draft import Draft
from campaigns.rendering.sms_segments import Alphabet, carried

MOST_SEGMENTS = 3  # a text message that asks for more is a letter
ODD_LETTER = 1  # one segment more where a single accent makes segments half as long
MOST_COLUMNS = (
    240  # what a phone shows of an open notification; a Chinese letter takes two
)
MOST_LETTERS = 5000  # of a mail's text


def check(draft: Draft, channel: str) -> None:
    """Flag what stands beyond the channel's length."""
    if channel == "sms":
        _sms(draft)
    elif channel == "push":
        fits = _columns(draft.raw, MOST_COLUMNS)
        _flag_rest(draft, fits, f"{MOST_COLUMNS}")
    else:
        _flag_rest(draft, MOST_LETTERS, f"{MOST_LETTERS}")


def _sms(draft: Draft) -> None:
    whole = carried(draft.raw)
    is_odd = whole.alphabet == Alphabet.UCS_2 and not draft.is_chinese
    most = MOST_SEGMENTS + (ODD_LETTER if is_odd else 0)
    if whole.n_segments <= most:
        return
    low, high = 0, len(draft.raw)
    while low < high:
        middle = (low + high + 1) // 2
        is_short = carried(draft.raw[:middle]).n_segments <= most
        low, high = (middle, high) if is_short else (low, middle - 1)
    _flag_rest(draft, low, f"{most}")


def _columns(text: str, most: int) -> int:
    """Return how many letters fit into so many columns."""
    n = 0
    for i, letter in enumerate(text):
        n += 2 if east_asian_width(letter) in "WF" else 1
        if n > most:
            return i
    return len(text)


def _flag_rest(draft: Draft, fits: int, right: str) -> None:
    if fits < len(draft.raw):
        draft.note("length", fits, len(draft.raw), right)
