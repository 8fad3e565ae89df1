"""Numbers as people write them; what could be two numbers is never read."""

import pytest

from profiles.intake.normalisation.amounts import (
    OTHER_CURRENCY,
    TWO_NUMBERS,
    Marks,
    plain_or_reason,
)


def read(*words: str, currency: str = "EUR") -> list[str]:
    marks = Marks()
    marks.see(words)
    return [plain_or_reason(one, marks, currency, is_money=True) for one in words]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("12,50", "12.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("1’234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234\u202f567,5", "1234567.5"),
        ("12.345.678", "12345678"),
        ("€12.50", "12.50"),
        ("12,50 €", "12.50"),
        ("EUR 12.50", "12.50"),
        ("12.50eur", "12.50"),
        ("-1.234,56 €", "-1234.56"),
        ("€-12,50", "-12.50"),
        ("\u221212,50", "-12.50"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("12.5", "12.5"),
        ("1e3", "1e3"),
    ],
)
def test_what_can_be_read_in_one_way_is_read(word: str, meant: str) -> None:
    assert read(word) == [meant]


@pytest.mark.parametrize(
    "words",
    [
        ("1.234",),
        ("1,234",),
        ("€1.234",),
        ("1.234", "12,50"),
        ("1,234", "12,50"),
        ("1.234", "1.234,56", "12.50"),
        ("1,234", "1,234.56", "12,50"),
    ],
)
def test_a_mark_before_three_digits_is_read_only_where_its_column_shows_what_it_is(
    words: tuple[str, ...],
) -> None:
    assert read(*words)[0] == TWO_NUMBERS


def test_a_column_that_writes_thousands_so_says_what_a_mark_is() -> None:
    assert read("1.234", "1.234,56", "12,50")[0] == "1234"
    assert read("1,234", "1,234,567")[0] == "1234"


@pytest.mark.parametrize(
    "word", ["1.23.456", "12,50,", "--5", "€12€", "12 apples", "1.2345,6", "'", "12-5"]
)
def test_what_nobody_writes_stays_as_it_came(word: str) -> None:
    assert read(word) == [word]


def test_a_sign_of_another_currency_is_not_taken_for_the_rows_own() -> None:
    assert read("$12.50", "£5", "CHF 7.50", "12 kr") == [OTHER_CURRENCY] * 4
    assert read("$12.50", currency="CAD") == ["12.50"]
    assert read("12,50 kr", currency="SEK") == ["12.50"]


def test_a_quantity_is_no_money() -> None:
    assert plain_or_reason("€3", Marks(), "EUR", is_money=False) == "€3"
