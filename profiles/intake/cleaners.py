"""How one column is cleaned, said in DuckDB's SQL: millions of cells in one pass.

A cleaner takes the SQL of a raw cell (trimmed, NFC, empty is NULL; or typed, from
Parquet) and the row's other columns, and answers with the SQL of the clean value and of
what is wrong with it (NULL when nothing is).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .currencies import CURRENCIES
from .normalisation import emails
from .normalisation.amounts import OTHER_CURRENCY as OTHER_CURRENCY
from .normalisation.amounts import TWO_NUMBERS as TWO_NUMBERS

MOST_CHARACTERS = 20_000  # of one text
MOST_ID_CHARACTERS = 500
MOST_WORD_CHARACTERS = 200  # of a channel, a topic, a kind of event, a source

MISSING = "missing"
IMPOSSIBLE_DATE = "impossible date"
NOT_A_TIME = "not a time"
FUTURE_TIME = "future time"
NOT_A_NUMBER = "not a number"
UNKNOWN_CURRENCY = "unknown currency"
INVALID_EMAIL = "invalid e-mail"
INVALID_PHONE = "invalid phone number"
NOT_YES_OR_NO = "not yes or no"
UNKNOWN_WORD = "unknown word"
NEGATIVE_PRICE = "negative price"
UNKNOWN_CHANNEL = "unknown channel"
UNKNOWN_COUNTRY = "unknown country"
UNKNOWN_LANGUAGE = "unknown language"
UNKNOWN_GENDER = "unknown gender"
UNKNOWN_ZONE = "unknown time zone"
IMPOSSIBLE_AGE = "impossible age"
SHORTENED_NUMBER = "a number that a spreadsheet shortened"
POINTED_ID = "an id that a spreadsheet wrote as a decimal number"

LOOKS_LIKE_A_TIME = r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?"
# a shop's facts are younger; zero dates are older
FIRST_MOMENT = "TIMESTAMPTZ '1970-01-01 00:00:00+00'"
# no plan reaches so far, and Python's years end at 9999
NO_MOMENT = "TIMESTAMPTZ '3000-01-01 00:00:00+00'"
FIRST_BIRTH = "DATE '1900-01-01'"


@dataclass(frozen=True)
class SqlCell:
    """SQL of a clean cell: its value, its reason to be refused (where ``$`` is that
    value), its type in PostgreSQL.
    """

    value: str
    wrong: str = "NULL"
    kind: str = "text"
    most: int = MOST_CHARACTERS  # of a text
    is_id: bool = False
    is_person: bool = False  # an id that may name nobody
    is_money: bool = False  # the sign of a currency may stand beside it


# column → SQL of its raw cell, for the columns that the file has
Raw = Mapping[str, str]
Cleaner = Callable[[str, Raw], SqlCell]


def text(raw: str, _row: Raw) -> SqlCell:
    """Any words."""
    return SqlCell(f"CAST({raw} AS VARCHAR)")


def identifier(raw: str, _row: Raw) -> SqlCell:
    """An id, by which a row is found again."""
    return SqlCell(f"CAST({raw} AS VARCHAR)", most=MOST_ID_CHARACTERS, is_id=True)


def person(raw: str, row: Raw) -> SqlCell:
    """An id of a customer; one that names nobody is an empty cell."""
    return replace(identifier(raw, row), is_person=True)


def name(raw: str, _row: Raw) -> SqlCell:
    """A short word, such as the kind of an event."""
    return SqlCell(f"CAST({raw} AS VARCHAR)", most=MOST_WORD_CHARACTERS)


def word(raw: str, _row: Raw) -> SqlCell:
    """A short word whose case means nothing."""
    return SqlCell(f"lower(CAST({raw} AS VARCHAR))", most=MOST_WORD_CHARACTERS)


def moment(raw: str, _row: Raw) -> SqlCell:
    """A time of the past: ISO 8601; without a zone it is the session's local time."""
    value = _moment(raw)
    wrong = f"""CASE WHEN $ > getvariable('latest') THEN '{FUTURE_TIME}' WHEN $ < {FIRST_MOMENT}
        THEN '{IMPOSSIBLE_DATE}' WHEN $ IS NULL THEN {_no_time(raw)} END"""
    return SqlCell(value, wrong, "timestamptz")


def any_moment(raw: str, _row: Raw) -> SqlCell:
    """A time that may lie ahead."""
    value = _moment(raw)
    wrong = f"""CASE WHEN $ >= {NO_MOMENT} OR $ < {FIRST_MOMENT} THEN '{IMPOSSIBLE_DATE}'
        WHEN $ IS NULL THEN {_no_time(raw)} END"""
    return SqlCell(value, wrong, "timestamptz")


def birthday(raw: str, _row: Raw) -> SqlCell:
    """A day on which someone alive may have been born."""
    value = f"try_cast({raw} AS DATE)"
    wrong = f"""CASE WHEN $ < {FIRST_BIRTH} OR $ > CAST(getvariable('latest') AS DATE)
        THEN '{IMPOSSIBLE_DATE}' WHEN $ IS NULL THEN {_no_time(raw)} END"""
    return SqlCell(value, wrong, "date")


def number(digits: int, places: int, *, is_money: bool = False) -> Cleaner:
    """A decimal number; more places are rounded."""

    def clean(raw: str, _row: Raw) -> SqlCell:
        value = f"try_cast({raw} AS DECIMAL({digits}, {places}))"
        return SqlCell(
            value,
            f"CASE WHEN $ IS NULL THEN '{NOT_A_NUMBER}' END",
            "numeric",
            is_money=is_money,
        )

    return clean


def money(digits: int, places: int) -> Cleaner:
    """An amount, beside which the sign of the row's currency may stand."""
    return number(digits, places, is_money=True)


def yes_no(raw: str, _row: Raw) -> SqlCell:
    """Yes or no, in the usual spellings."""
    value = f"""CASE WHEN lower(CAST({raw} AS VARCHAR)) IN ('true', 't', 'yes', 'y', '1', 'on') THEN true
        WHEN lower(CAST({raw} AS VARCHAR)) IN ('false', 'f', 'no', 'n', '0', 'off') THEN false END"""
    return SqlCell(value, f"CASE WHEN $ IS NULL THEN '{NOT_YES_OR_NO}' END", "boolean")


def currency(raw: str, _row: Raw) -> SqlCell:
    """An ISO 4217 code."""
    known = "|".join(["", *sorted(CURRENCIES), ""])
    wrong = f"""CASE WHEN $ = getvariable('currency') THEN NULL
        WHEN length($) <> 3 OR NOT contains('{known}', '|' || $ || '|') THEN '{UNKNOWN_CURRENCY}' END"""
    return SqlCell(f"upper(CAST({raw} AS VARCHAR))", wrong)


def email(raw: str, _row: Raw) -> SqlCell:
    """An e-mail address, its domain in small letters."""
    said = f"CAST({raw} AS VARCHAR)"
    is_plain = (
        f"regexp_full_match({said}, '{emails.PLAIN_EMAIL}') AND NOT contains(lower({said}),"
        f" '{emails.PUNYCODE}')"
    )
    value = f"""CASE WHEN {is_plain}
        THEN split_part({said}, '@', 1) || '@' || lower(split_part({said}, '@', 2))
        WHEN {raw} IS NOT NULL THEN email_or_none({said}) END"""
    return SqlCell(value, f"CASE WHEN $ IS NULL THEN '{INVALID_EMAIL}' END")


def phone(raw: str, row: Raw) -> SqlCell:
    """A phone number in E.164, read as of the customer's country where there is one,
    else of the shop's.
    """
    shop, said = (
        "getvariable('country')",
        f"CAST({row.get('country', 'NULL')} AS VARCHAR)",
    )
    country = (
        f"CASE WHEN {said} IS NULL THEN {shop} ELSE coalesce(country_or_none({said}),"
        f" {shop}) END"
    )
    value = (
        f"CASE WHEN {raw} IS NOT NULL THEN phone_or_none(CAST({raw} AS VARCHAR),"
        f" {country}) END"
    )
    return SqlCell(value, f"CASE WHEN $ IS NULL THEN '{INVALID_PHONE}' END")


def known(reader: str, reason: str) -> Cleaner:
    """A word that many write in many ways, written as one by a function of
    `profiles.intake.normalisation`.
    """

    def clean(raw: str, _row: Raw) -> SqlCell:
        value = f"CASE WHEN {raw} IS NOT NULL THEN {reader}(CAST({raw} AS VARCHAR)) END"
        return SqlCell(
            value, f"CASE WHEN $ IS NULL THEN '{reason}' END", most=MOST_WORD_CHARACTERS
        )

    return clean


channel = known("channel_or_none", UNKNOWN_CHANNEL)
country = known("country_or_none", UNKNOWN_COUNTRY)
language = known("language_or_none", UNKNOWN_LANGUAGE)
gender = known("gender_or_none", UNKNOWN_GENDER)
age = known("age_or_none", IMPOSSIBLE_AGE)
time_zone = known("zone_or_none", UNKNOWN_ZONE)


def category(raw: str, _row: Raw) -> SqlCell:
    """Levels joined by >, without blanks around it."""
    return SqlCell(f"regexp_replace(CAST({raw} AS VARCHAR), '\\s*>\\s*', '>', 'g')")


def network(raw: str, _row: Raw) -> SqlCell:
    """An address truncated to its network: enough for proof, too little for a person."""
    raw = f"CAST({raw} AS VARCHAR)"
    four = f"regexp_extract({raw}, '^(\\d+\\.\\d+\\.\\d+)\\.\\d+$', 1)"
    six = f"regexp_extract({raw}, '^([0-9a-fA-F]+:[0-9a-fA-F]+:[0-9a-fA-F]+):', 1)"
    # two colons stand for zeros
    short = f"regexp_extract({raw}, '^([0-9a-fA-F]+(:[0-9a-fA-F]+)?)::', 1)"
    kept = f"coalesce(nullif({six}, ''), nullif({short}, ''))"
    return SqlCell(
        f"CASE WHEN {four} <> '' THEN {four} || '.0' ELSE {kept} || '::' END"
    )


def one_of(spellings: Mapping[str, str]) -> Cleaner:
    """One word of a list, in any of its spellings."""

    def clean(raw: str, _row: Raw) -> SqlCell:
        said = f"lower(CAST({raw} AS VARCHAR))"
        cases = " ".join(
            f"WHEN '{spelling}' THEN '{meant}'" for spelling, meant in spellings.items()
        )
        value = f"CASE {said} {cases} END"
        return SqlCell(value, f"CASE WHEN $ IS NULL THEN '{UNKNOWN_WORD}' END")

    return clean


def _moment(raw: str) -> str:
    """What DuckDB reads at once; the other spellings of ISO 8601 (basic, weeks, small
    letters) are read one by one.
    """
    read = f"try_cast({raw} AS TIMESTAMPTZ)"
    return (
        f"CASE WHEN {read} IS NULL THEN try_cast(iso_or_none(CAST({raw} AS VARCHAR)) AS"
        f" TIMESTAMPTZ) ELSE {read} END"
    )


def _no_time(raw: str) -> str:
    return (
        f"CASE WHEN regexp_full_match(CAST({raw} AS VARCHAR), '{LOOKS_LIKE_A_TIME}')"
        f" THEN '{IMPOSSIBLE_DATE}' ELSE '{NOT_A_TIME}' END"
    )
