"""Words of a text with where they stand: English words, single Chinese characters, and
signs that end a clause or a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# one branch a kind, so that a long text costs one walk; thousands of signs are one
TOKEN = re.compile(
    r"(?P<word>[a-zà-ɏ0-9]+(?:'[a-z]+)?)"
    r"|(?P<han>[\u3400-\u9fff])"
    r"|(?P<end>[.!?。！？;；…])"
    r"|(?P<pause>[,，:：~～()（）\[\]【】/|\n\r\u2014]|\s-+\s)"
)
ALIKE = str.maketrans(
    {chr(full): chr(full - 0xFEE0) for full in range(0xFF21, 0xFF5B)}
    | {"’": "'", "‘": "'", "`": "'", "\u3000": " "}
)
WORD, HAN, END, PAUSE = "word", "han", "end", "pause"
SIGNS = (END, PAUSE)


@dataclass(frozen=True)
class Token:
    """A word, a character or a sign, and its characters in the text."""

    text: str
    kind: str
    start: int
    end: int

    @property
    def is_sign(self) -> bool:
        return self.kind in SIGNS


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text in order. Places are those of the text as it is."""
    return [
        Token(found.group(), found.lastgroup or WORD, *found.span())
        for found in TOKEN.finditer(folded(text))
    ]


def folded(text: str) -> str:
    """Return the text in small letters, no character longer or shorter than before."""
    plain = text.translate(ALIKE)
    small = plain.lower()
    if len(small) == len(text):
        return small
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in plain)
