"""Addresses and phone numbers: one spelling each, or none when they cannot be right. Pure."""

from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

# Every address of this plain form is valid; whatever looks different is asked of the library.
PLAIN_EMAIL = (
    r"[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?)*\.(com|net|org|edu|example|[A-Za-z]{2})"
)


@lru_cache(maxsize=65536)
def email_or_none(text: str) -> str | None:
    """Return the address with its domain in small letters, or None when it is none."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


@lru_cache(maxsize=65536)
def phone_or_none(text: str, country: str) -> str | None:
    """Return the number in E.164; one without a country code is read as of ``country`` (ISO 3166, two letters)."""
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
