"""What a value must be like to be taken in. Each function returns the clean value or
raises `Refused` with the reason.

Files, the tracking API and webhooks all clean through here, so that a fact means the
same wherever it came from.
"""

import math
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from typing import Any
from zoneinfo import ZoneInfo

from .cleaners import (
    FUTURE_TIME,
    IMPOSSIBLE_AGE,
    IMPOSSIBLE_DATE,
    INVALID_EMAIL,
    INVALID_PHONE,
    MISSING,
    MOST_CHARACTERS,
    MOST_ID_CHARACTERS,
    MOST_WORD_CHARACTERS,
    NOT_A_NUMBER,
    NOT_A_TIME,
    NOT_YES_OR_NO,
    SHORTENED_NUMBER,
    UNKNOWN_CHANNEL,
    UNKNOWN_COUNTRY,
    UNKNOWN_CURRENCY,
    UNKNOWN_GENDER,
    UNKNOWN_LANGUAGE,
    UNKNOWN_ZONE,
)
from .currencies import CURRENCIES
from .iso_times import parsed
from .normalisation import ids
from .normalisation.ages import age_or_none
from .normalisation.channels import channel_or_none
from .normalisation.countries import country_or_none
from .normalisation.emails import email_or_none
from .normalisation.genders import gender_or_none
from .normalisation.languages import language_or_none
from .normalisation.phones import phone_or_none
from .normalisation.time_zones import zone_or_none

BROKEN_CHARACTERS = "broken characters"
NOT_A_TEXT = "not a text"
TOO_LARGE = "impossibly large"
AHEAD = timedelta(minutes=5)  # a sender's clock may run ahead of ours by this much
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_BIRTH_YEAR = 1900
MOST_MEMBERS = 2_000  # of the properties of one event
LARGEST = Decimal(10) ** 9  # of a quantity or an amount of money

YES, NO = (
    frozenset("true t yes y 1 on".split()),
    frozenset("false f no n 0 off".split()),
)


class Refused(ValueError):
    """A value that can't be taken in: which column, and why in words a marketer
    understands.
    """

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


def text(value: Any, column: str, *, most: int = MOST_CHARACTERS) -> str | None:
    """Return trimmed text in Unicode's NFC, None when nothing is left; numbers become
    their digits.
    """
    if value is None:
        return None
    if isinstance(value, (dict, list)):
        raise Refused(column, NOT_A_TEXT)
    said = str(value)
    if not said.isascii():
        said = unicodedata.normalize("NFC", said)
        if not _is_encodable(said):
            raise Refused(column, BROKEN_CHARACTERS)
    if "\0" in said:
        raise Refused(column, BROKEN_CHARACTERS)
    said = said.strip()
    if len(said) > most:
        raise Refused(column, f"longer than {most} characters")
    return ids.without_mark(said) or None


def identifier(value: Any, column: str) -> str | None:
    """Return an id as text; a whole number written as a float, as spreadsheets do,
    loses its point.
    """
    if isinstance(value, bool):
        raise Refused(column, "not an id")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    said = text(value, column, most=MOST_ID_CHARACTERS)
    if said is None:
        return None
    if ids.SHORTENED.fullmatch(said):
        raise Refused(column, SHORTENED_NUMBER)
    return ids.without_apostrophe(said)


def required(value: Any, column: str) -> str:
    """Return an id that must be there."""
    said = identifier(value, column)
    if said is None:
        raise Refused(column, MISSING)
    return said


def customer_id(value: Any, column: str = "customer_id") -> str:
    """Return the id of a customer, which must be there and name somebody."""
    said = required(value, column)
    if ids.is_nobody(said):
        raise Refused(column, MISSING)
    return said


def moment(
    value: Any, column: str, *, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return an aware time in UTC; a naive one is read in ``zone``. It must lie between
    1970 and five minutes ahead.
    """
    if value is None or value == "":
        return None
    at = parsed_moment(value, column, zone)
    check_moment(at, column, now=now)
    return at


def parsed_moment(value: Any, column: str, zone: ZoneInfo) -> datetime:
    """Return an aware time in UTC, whenever it may lie; a naive one is read in
    ``zone``.
    """
    try:
        found = (
            value if isinstance(value, datetime) else parsed(required(value, column))
        )
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise Refused(
            column, IMPOSSIBLE_DATE if str(value).strip()[:4].isdigit() else NOT_A_TIME
        ) from None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise Refused(column, IMPOSSIBLE_DATE) from None


def check_moment(at: datetime, column: str, *, now: datetime) -> None:
    """Refuse a time that no shop's event can have."""
    if at > now + AHEAD:
        raise Refused(column, FUTURE_TIME)
    if at < EARLIEST:
        raise Refused(column, IMPOSSIBLE_DATE)


def day(value: Any, column: str, *, now: datetime) -> date | None:
    """Return a calendar day in the past, such as a birth date."""
    said = text(value, column)
    if said is None:
        return None
    try:
        found = date.fromisoformat(said[:10])
    except ValueError:
        raise Refused(column, IMPOSSIBLE_DATE) from None
    if found.year < EARLIEST_BIRTH_YEAR or found > now.date():
        raise Refused(column, IMPOSSIBLE_DATE)
    return found


def number(value: Any, column: str, *, places: int = 4) -> Decimal | None:
    """Return a finite decimal rounded to ``places``."""
    if value is None or value == "":
        return None
    if isinstance(value, (bool, dict, list)):
        raise Refused(column, NOT_A_NUMBER)
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused(column, NOT_A_NUMBER)
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise Refused(column, NOT_A_NUMBER) from None
    if not found.is_finite():
        raise Refused(column, NOT_A_NUMBER)
    if abs(found) > LARGEST:
        raise Refused(column, TOO_LARGE)
    return round(found, places)


def currency(value: Any, column: str = "currency") -> str | None:
    """Return an ISO 4217 code."""
    said = text(value, column)
    if said is None:
        return None
    code = said.upper()
    if code not in CURRENCIES:
        raise Refused(column, UNKNOWN_CURRENCY)
    return code


def email(value: Any, column: str = "email") -> str | None:
    """Return an address in its usual spelling, its form checked; whether it takes mail
    is learned by sending.
    """
    said = text(value, column)
    if said is None:
        return None
    address = email_or_none(said)
    if address is None:
        raise Refused(column, INVALID_EMAIL)
    return address


def phone(value: Any, column: str = "phone", *, country: str) -> str | None:
    """Return a number in E.164; one without a country code is read as dialled in
    ``country`` (two letters).
    """
    said = text(value, column)
    if said is None:
        return None
    number = phone_or_none(said, country)
    if number is None:
        raise Refused(column, INVALID_PHONE)
    return number


def known(
    reader: Callable[[str], str | None], reason: str
) -> Callable[[Any, str], str | None]:
    """Return a cleaner that writes a word as everybody's, and refuses one that means
    nothing.
    """

    def clean(value: Any, column: str) -> str | None:
        said = text(value, column, most=MOST_WORD_CHARACTERS)
        if said is None:
            return None
        meant = reader(said)
        if meant is None:
            raise Refused(column, reason)
        return meant

    return clean


country = known(country_or_none, UNKNOWN_COUNTRY)
language = known(language_or_none, UNKNOWN_LANGUAGE)
channel = known(channel_or_none, UNKNOWN_CHANNEL)
gender = known(gender_or_none, UNKNOWN_GENDER)
age = known(age_or_none, IMPOSSIBLE_AGE)
time_zone = known(zone_or_none, UNKNOWN_ZONE)


def _is_encodable(said: str) -> bool:
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True


def word(value: Any, column: str) -> str | None:
    """Return a short word whose case means nothing."""
    said = text(value, column, most=MOST_WORD_CHARACTERS)
    return said.lower() if said else None


def truth(value: Any, column: str) -> bool | None:
    """Return yes or no, in the usual spellings."""
    if value is None or isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    if said in YES or said in NO:
        return said in YES
    raise Refused(column, NOT_YES_OR_NO)


def category(value: Any, column: str = "category") -> str | None:
    """Return levels joined by >, without blanks around it; a list is its levels."""
    if isinstance(value, list):
        value = ">".join(str(level) for level in value)
    said = text(value, column)
    return ">".join(level.strip() for level in said.split(">")) if said else None


def network(value: Any) -> str:
    """Return an IP address truncated to its network: enough for proof, too little for a
    person.
    """
    try:
        found = ip_address(str(value or "").strip())
    except ValueError:
        return ""
    kept = 24 if found.version == 4 else 48
    return str(ip_network((found, kept), strict=False).network_address)


def tree(value: Any, column: str, *, deepest: int = 8, most: int = MOST_MEMBERS) -> Any:
    """Return nested JSON as it is; refuse what is nested deeper or holds more members
    than anyone will look at.
    """
    if _count(value, column, deepest) > most:
        raise Refused(column, f"more than {most} members")
    return value


def _count(value: Any, column: str, deepest: int) -> int:
    if not isinstance(value, (dict, list)):
        return 1
    if not deepest:
        raise Refused(column, "nested too deeply")
    inner = value.values() if isinstance(value, dict) else value
    return 1 + sum(
        _count(one, column, deepest - 1) if isinstance(one, (dict, list)) else 1
        for one in inner
    )
