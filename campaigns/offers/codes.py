"""Coupon codes: easy to read aloud and to type, hopeless to guess."""

import secrets
import unicodedata

# no 0 O 1 I L U: nothing looks like anything else
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # 58 bits
GROUP = 4
# drawn beyond what a code needs, so that every code is as likely as any other
SPARE_BITS = 64
DRAWN_BITS = (len(ALPHABET) ** LENGTH).bit_length() + SPARE_BITS


def new_code() -> str:
    """Return a fresh code such as 7K3M-9QXT-B2WD."""
    drawn, letters = secrets.randbits(DRAWN_BITS), []
    for _ in range(LENGTH):
        drawn, place = divmod(drawn, len(ALPHABET))
        letters.append(ALPHABET[place])
    return _grouped("".join(letters))


def as_stored(typed: str) -> str:
    """Return a code as it is stored, however a customer typed it: in lower case, with
    spaces, or in full-width letters.
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    return _grouped("".join(letter for letter in plain if letter.isalnum()))


def _grouped(letters: str) -> str:
    return "-".join(
        letters[start : start + GROUP] for start in range(0, len(letters), GROUP)
    )
