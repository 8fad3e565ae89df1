"""Coupon codes: easy to read aloud and to type, hopeless to guess."""

import secrets
import unicodedata

# Crockford's 32 letters, five bits each: no I L O U
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # 60 bits
GROUP = 4
BITS_OF_LETTER = 5
# what is typed for what is meant
LOOK_ALIKE = str.maketrans("OIL", "011")


def new_code() -> str:
    """Return a fresh code such as 7K3M-9QXT-B2WD."""
    drawn = secrets.randbits(BITS_OF_LETTER * LENGTH)
    letters = (drawn >> BITS_OF_LETTER * place & 31 for place in range(LENGTH))
    return _grouped("".join(ALPHABET[letter] for letter in letters))


def as_stored(typed: str) -> str:
    """Return a code as it is stored, however a customer typed it: in lower case, with
    spaces, or in full-width letters.
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    return _grouped("".join(letter for letter in plain if letter.isalnum()))


def spellings(typed: str) -> list[str]:
    """Return what a typed code may be stored as: as it was typed, and with the zeros
    and ones that look like letters.
    """
    stored = as_stored(typed)
    return [stored, stored.translate(LOOK_ALIKE)]


def _grouped(letters: str) -> str:
    return "-".join(
        letters[start : start + GROUP] for start in range(0, len(letters), GROUP)
    )
