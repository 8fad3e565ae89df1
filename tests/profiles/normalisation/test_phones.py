"""Phone numbers as people and spreadsheets write them; what could be two numbers is
none.
"""

import pytest

from profiles.intake.normalisation.phones import phone_or_none


@pytest.mark.parametrize(
    ("said", "country", "right"),
    [
        ("0176/1234567", "DE", "+491761234567"),
        ("1761234567", "DE", "+491761234567"),  # a sheet ate the zero
        ("'+493090182001", "DE", "+493090182001"),
        ("0049 176 1234567", "DE", "+491761234567"),
        ("030\u00a01234567", "DE", "+49301234567"),
        ("33612345678", "FR", "+33612345678"),  # a sheet ate the plus
        ("447911123456", "GB", "+447911123456"),
        ("34612345678", "ES", "+34612345678"),
        ("14155550123", "US", "+14155550123"),
        ("4155550123", "US", "+14155550123"),
        ("393331234567", "IT", "+393331234567"),
        ("8613812345678", "CN", "+8613812345678"),
        ("13812345678", "CN", "+8613812345678"),
        ("9198765432", "IN", "+919198765432"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(
    said: str, country: str, right: str
) -> None:
    assert phone_or_none(said, country) == right


@pytest.mark.parametrize(
    "said",
    [
        "491761234567",  # +49 176 1234567, or 0491 761234567 of somebody in Leer
        "0176/1234567; 0177/7654321",
        "01761234567/01777654321",
        "0176 1234567 oder 0177 7654321",
        "0176 1234567\n0177 7654321",
        "4.91761E+11",
        "ring at the neighbours",
        "1" * 5_000,
    ],
)
def test_what_could_be_two_numbers_or_none_is_refused(said: str) -> None:
    assert phone_or_none(said, "DE") is None
