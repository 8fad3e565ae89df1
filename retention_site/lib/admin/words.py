"""Numbers, money, rates and times as a marketer reads them, in the language and zone of
the page.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    list_currencies,
)
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, to_locale

from retention_site.lib import clock
from retention_site.lib.admin import sentences

NOTHING = "–"
AMOUNT = re.compile(r"(?<![\w.,])([+-]?)(\d[\d,]*\.\d\d) ([A-Z]{3})\b")
SHARE = re.compile(r"(\d) %")
MINUS = re.compile(r"−(?=\d)")
CURRENCIES = frozenset(list_currencies())
Number = int | float | Decimal


def money(value: Number | str | None, currency: str = "", *, sign: bool = False) -> str:
    """Write an amount with its currency, to the cent below 10,000; a dash where it is
    undefined.
    """
    amount = _finite(value)
    if amount is None:
        return NOTHING
    pattern = None if abs(amount) < 10_000 else "¤#,##0;-¤#,##0"
    words = format_currency(
        amount,
        currency or "XXX",
        pattern,
        locale=_locale(),
        currency_digits=pattern is None,
    )
    return _signed(words, amount, sign)


def count(value: Number | str | None) -> str:
    """Write a whole number with its thousands parted."""
    amount = _finite(value)
    return (
        NOTHING if amount is None else format_decimal(round(amount), locale=_locale())
    )


def number(value: Number | str | None, digits: int = 2, *, sign: bool = False) -> str:
    """Write a number with at most ``digits`` decimals."""
    amount = _finite(value)
    if amount is None:
        return NOTHING
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return _signed(format_decimal(amount, pattern, locale=_locale()), amount, sign)


def rate(value: Number | str | None, digits: int = 1, *, sign: bool = False) -> str:
    """Write a rate of 0–1 in per cent."""
    amount = _finite(value)
    if amount is None:
        return NOTHING
    words = format_percent(
        amount, "#,##0." + "0" * digits + "%" if digits else "#,##0%", locale=_locale()
    )
    return _signed(words, amount, sign)


def points(value: Number | str | None, digits: int = 2, *, sign: bool = False) -> str:
    """Write a difference of two rates of 0–1 in percentage points."""
    amount = _finite(value)
    if amount is None:
        return NOTHING
    words = format_decimal(100 * amount, "#,##0." + "0" * digits, locale=_locale())
    return gettext("%(n)s points") % {"n": _signed(words, amount, sign)}


def day(value: datetime | date | None) -> str:
    """Write the shop's local date."""
    if value is None:
        return NOTHING
    return format_date(_local(value), "medium", locale=_locale())


def day_and_month(value: date) -> str:
    """Write a date without its year, for an axis."""
    return format_skeleton("MMMd", value, locale=_locale())


def month(value: date) -> str:
    """Write a month with its year."""
    return format_skeleton("yMMMM", value, locale=_locale())


def time_of_day(value: datetime) -> str:
    """Write the shop's local hour and minute."""
    return f"{_local(value):%H:%M}"


def moment(value: datetime | None) -> str:
    """Write the shop's local date and minute."""
    if value is None:
        return NOTHING
    return f"{day(value)} {_local(value):%H:%M}"


def wall(value: datetime) -> str:
    """Write a wall time, which has no zone of its own: exactly as it stands."""
    return f"{day(value)} {value:%H:%M}"


def shop_moment(value: datetime | None) -> str:
    """Write a moment that a machine noted by the real clock as the shop's clock then
    stood.
    """
    return moment(value and by_shop_clock(value))


def fact(value: Any) -> str:
    """Write a shop's own attribute as it came: a whole number may be an id."""
    return (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else plain(value)
    )


def ago(value: datetime | None, *, by_real_clock: bool = False) -> str:
    """Say how long before now it was: by the shop's clock, or the real one for what
    machines wrote down.
    """
    if value is None:
        return NOTHING
    return span((clock.real_now() if by_real_clock else clock.now()) - value)


def by_shop_clock(value: datetime) -> datetime:
    """Turn a moment of the real clock into the shop's time then."""
    ahead = clock.now() - clock.real_now()
    return value + timedelta(seconds=round(ahead.total_seconds()))


def span(gone: timedelta) -> str:
    """Say a time gone in its largest unit; what lies ahead is said so."""
    seconds = gone.total_seconds()
    words = duration(abs(seconds))
    if abs(seconds) < 1:
        return gettext("just now")
    return (
        gettext("%(time)s ago") % {"time": words}
        if seconds > 0
        else gettext("in %(time)s") % {"time": words}
    )


def duration(seconds: float) -> str:
    """Write a length of time in its largest unit."""
    if seconds < 1:
        return gettext("%(n)s ms") % {"n": round(seconds * 1000)}
    if seconds < 120:
        return gettext("%(n)s s") % {"n": round(seconds)}
    if seconds < 7200:
        return gettext("%(n)s min") % {"n": round(seconds / 60)}
    if seconds < 48 * 3600:
        return gettext("%(n)s h") % {"n": round(seconds / 3600)}
    days = round(seconds / 86400)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": count(days)}


def plain(value: Any) -> str:
    """Write a value whose kind is not known before: a trait, a parameter, a field of a
    payload.
    """
    match value:
        case None | "" | []:
            return NOTHING
        case {} if not value:
            return NOTHING
        case bool():
            return gettext("yes") if value else gettext("no")
        case int():
            return count(value)
        case float() | Decimal():
            return number(value, 2 if abs(float(value)) >= 1 else 3)
        case datetime():
            return moment(value)
        case list() | tuple():
            return ", ".join(plain(part) for part in value)
        case dict():
            return ", ".join(f"{name} {plain(part)}" for name, part in value.items())
    return str(value)


def outcome(value: Any) -> str:
    """Write a value of our own making, such as what a job answered: words are said in
    the page's language.
    """
    match value:
        case str() if value:
            return said(value)
        case list() | tuple() if value:
            return ", ".join(outcome(part) for part in value)
        case dict() if value:
            return ", ".join(
                f"{said(str(name))} {outcome(part)}" for name, part in value.items()
            )
    return plain(value)


def _signed(words: str, amount: Decimal, sign: bool) -> str:
    """What is rounded to nothing has no sign."""
    if not any(letter in "123456789" for letter in words):
        return words.replace("-", "", 1)
    return f"+{words}" if sign and amount > 0 else words


def said(word: str) -> str:
    """Say a word that is kept in English, such as a reason, a verdict or a channel's
    key, in the page's language.

    A sentence is said with its values, what is listed part by part; what the catalogue
    does not know stays as it is. Amounts and shares are written as in tables.
    """
    if not word:
        return NOTHING
    whole = gettext(word)
    if whole == word:
        whole = sentences.translated(word, said)
    if whole == word and ", " in word:
        return ", ".join(said(part) for part in word.split(", "))
    if "_" in whole and whole.isidentifier():
        return gettext(whole.replace("_", " "))
    return _figures(whole)


def _figures(words: str) -> str:
    """Write the figures of a kept sentence as tables do: $1,234.50 and not 1,234.50 USD,
    12% and not 12 %.
    """
    words = AMOUNT.sub(_amount, MINUS.sub("-", words))
    return SHARE.sub(r"\1%", words)


def _amount(found: re.Match[str]) -> str:
    sign, figure, currency = found.groups()
    if currency not in CURRENCIES:
        return found[0]
    value = Decimal(figure.replace(",", ""))
    return money(-value if sign == "-" else value, currency, sign=sign == "+")


def _finite(value: Number | str | None) -> Decimal | None:
    if value is None or value == "":
        return None
    amount = Decimal(str(value))
    return amount if amount.is_finite() else None


def _local(value: datetime | date) -> datetime | date:
    return (
        timezone.localtime(value)
        if isinstance(value, datetime) and timezone.is_aware(value)
        else value
    )


def _locale() -> Locale:
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
