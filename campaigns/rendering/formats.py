"""Amounts and days as a customer reads them."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

FALLBACK = Locale("en")


@lru_cache(maxsize=4096)
def amount(value: Decimal, currency: str, language: str = "en") -> str:
    """Write an amount, without cents where there are none: "$5", "4,50 €"."""
    is_whole = value == value.to_integral_value()
    locale = locale_of(language)
    pattern = _without_cents(locale) if is_whole else None
    return format_currency(
        value, currency, pattern, locale, currency_digits=not is_whole
    )


def day(moment: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """Write the day of a moment in a zone: "31 December 2024"."""
    return _day(moment.astimezone(zone).date(), language)


@lru_cache(maxsize=4096)
def _day(on: date, language: str) -> str:
    return format_date(on, "long", locale_of(language))


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Return the locale of a language tag, English where nobody knows it."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return FALLBACK


@lru_cache(maxsize=256)
def _without_cents(locale: Locale) -> str:
    pattern = locale.currency_formats["standard"].pattern
    return pattern.replace(".00", "")
