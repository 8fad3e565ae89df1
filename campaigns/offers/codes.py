"""Coupon codes: easy to read aloud and to type, hopeless to guess."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U: nothing looks like anything else
LENGTH = 12  # 58 bits
GROUP = 4


def new_code() -> str:
    """Return a fresh code such as 7K3M-9QXT-B2WD."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def as_stored(typed: str) -> str:
    """Return a code as it is stored, however a customer typed it."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))
