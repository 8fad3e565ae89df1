"""How a text message is carried: its alphabet, its segments, what they cost. Pure.

3GPP TS 23.038 (GSM 03.38): the default alphabet and its extension; 3GPP TS 23.040,
9.2.3.24.1: the header that joins the segments of a long message takes six bytes of
each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# Section 6.2.1 in the order of the table, 0x00 to 0x7F; 0x1B leads to the extension.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"  # section 6.2.1.1: each takes two places
_PLACES = dict.fromkeys(BASIC.replace("\x1b", ""), 1) | dict.fromkeys(EXTENSION, 2)


class Alphabet(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


SINGLE = {Alphabet.GSM_7: 160, Alphabet.UCS_2: 70}  # places in a message of one segment
JOINED = {Alphabet.GSM_7: 153, Alphabet.UCS_2: 67}  # in each segment of a longer one


@dataclass(frozen=True)
class Carried:
    """How one text travels: its alphabet, the places that it takes, and its segments."""

    alphabet: Alphabet
    n_places: int
    n_segments: int
    odd: str = ""  # the letters that keep it from the smaller alphabet, each once

    @property
    def n_left(self) -> int:
        """How many places the last segment has left."""
        size = (
            SINGLE[self.alphabet]
            if self.n_segments <= 1
            else JOINED[self.alphabet] * self.n_segments
        )
        return size - self.n_places

    def cost(self, price: Decimal) -> Decimal:
        return price * self.n_segments


def carried(text: str) -> Carried:
    """Say how a text travels; an empty one takes a segment too."""
    odd = "".join(dict.fromkeys(letter for letter in text if letter not in _PLACES))
    alphabet = Alphabet.UCS_2 if odd else Alphabet.GSM_7
    places = (
        [_PLACES[letter] for letter in text]
        if not odd
        else [1 + (letter > "\uffff") for letter in text]
    )
    n = sum(places)
    if n <= SINGLE[alphabet]:
        return Carried(alphabet, n, 1, odd)
    n_segments, n_in_last = _joined(places, JOINED[alphabet])
    return Carried(
        alphabet, (n_segments - 1) * JOINED[alphabet] + n_in_last, n_segments, odd
    )


def segments(texts: Iterable[tuple[str, int]]) -> int:
    """Count the segments of texts, each with how often it was sent."""
    return sum(carried(text).n_segments * n for text, n in texts)


def _joined(places: list[int], size: int) -> tuple[int, int]:
    """Fill segments; what takes two places is never cut in two. Return how many, and
    how full the last one is.
    """
    n_segments, n_used = 1, 0
    for one in places:
        if n_used + one > size:
            n_segments, n_used = n_segments + 1, 0
        n_used += one
    return n_segments, n_used
