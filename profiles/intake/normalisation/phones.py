"""Phone numbers in E.164, read as the customer's country writes them; what could be two
numbers is none. Pure.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

SEVERAL = re.compile(r"[;,|\n]|\s(?:oder|or|und|and|ou|et|o|y|或)\s|//?")
LONGEST = 60  # characters of one number
FULL_NUMBER = 7  # digits that may be a number of their own
# How a spreadsheet writes a long number that it shortened: its last digits are lost.
SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d+")
ABROAD = ("+", "00", "\uff0b")  # how a number with its country begins


@lru_cache(maxsize=65536)
def phone_or_none(text: str, country: str) -> str | None:
    """Return the number in E.164; one without a country code is read as of ``country``
    (two letters).

    A spreadsheet drops a plus sign as it drops a leading zero. Where people dial a zero
    first, digits without one may have lost either: if both readings are numbers, which
    one is meant can't be known and the answer is None.
    """
    plain = text.strip().lstrip("'").strip()
    if len(plain) > LONGEST or SHORTENED.fullmatch(plain) or _is_several(plain):
        return None
    region = country.upper()
    usual = _parsed(plain, region)
    lost_plus = _with_lost_plus(plain, region)
    if lost_plus is None or usual == lost_plus:
        return _written(usual)
    if usual is not None and phonenumbers.is_valid_number(usual):
        return None
    return _written(lost_plus)


def _is_several(text: str) -> bool:
    parts = (re.sub(r"\D", "", part) for part in SEVERAL.split(text))
    return sum(len(part) >= FULL_NUMBER for part in parts) > 1


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _with_lost_plus(text: str, region: str) -> PhoneNumber | None:
    """Read digits that begin with the country's own code as if the plus sign stood
    before them.
    """
    metadata = PhoneMetadata.metadata_for_region(region)
    digits = re.sub(r"[\s().\-/]", "", text)
    if metadata is None or not digits.isdecimal() or digits.startswith(ABROAD):
        return None
    dialled_first = metadata.national_prefix
    if not dialled_first or digits.startswith(dialled_first):
        return None  # the number stands as the country writes it
    if not digits.startswith(str(metadata.country_code)):
        return None
    number = _parsed(f"+{digits}", None)
    return (
        number if number is not None and phonenumbers.is_valid_number(number) else None
    )


def _written(number: PhoneNumber | None) -> str | None:
    if number is None:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
