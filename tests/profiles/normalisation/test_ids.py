"""Ids that name nobody, and ids of real shops that look a little like them."""

import pytest

from profiles.intake import values
from profiles.intake.normalisation import ids
from profiles.intake.values import Refused

ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "said",
    [
        ZERO,
        ZERO.replace("-", ""),
        f"{{{ZERO}}}",
        f"({ZERO})",
        f'"{ZERO}"',
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "null",
        "NULL",
        "(null)",
        "<null>",
        "undefined",
        "None",
        "nil",
        "NaN",
        "[object Object]",
        "anonymous",
        "Guest",
        "0",
        "0000",
        "0.0",
        "-1",
        "N/A",
        "(not set)",
        "unknown",
        "{{ user.id }}",
        "${userId}",
        "%USER_ID%",
        "*|UID|*",
        "00:00:00:00:00:00",
        "''",
    ],
)
def test_an_id_that_names_nobody(said: str) -> None:
    assert ids.is_nobody(said)
    assert ids.is_no_device(said)


@pytest.mark.parametrize(
    "said",
    [
        "1",
        "10",
        "100",
        "0100",
        "1111",
        "11111111",
        "a0",
        "0a",
        "007",
        "00000000-0000-0000-0000-000000000001",
        "nullo",
        "guest7",
        "c-0",
        "none-of-your-business",
        "1.0",
        "-2",
        "id7",
        "Null Müller",
    ],
)
def test_an_id_of_a_real_shop_is_left_alone(said: str) -> None:
    assert not ids.is_nobody(said)


@pytest.mark.parametrize(
    "said",
    ["1111111111111111", "ffffffffffffffff", "02:00:00:00:00:00", "9774D56D682E549C"],
)
def test_a_device_that_many_share(said: str) -> None:
    assert ids.is_no_device(said)
    assert not ids.is_no_device("1111")
    assert not ids.is_no_device("a1b2c3d4e5f60718")


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("'71001", "71001"),
        ("'A-7", "A-7"),
        ("71001", "71001"),
        ("o'neil", "o'neil"),
        (7.1e4, "71000"),
    ],
)
def test_an_id_without_the_apostrophe_of_a_spreadsheet(
    said: object, right: str
) -> None:
    assert values.identifier(said, "customer_id") == right


@pytest.mark.parametrize("said", ["7.1E+04", "4.91761e+11", "1E+5"])
def test_a_number_that_a_spreadsheet_shortened_names_nobody_in_particular(
    said: str,
) -> None:
    with pytest.raises(Refused, match="shortened"):
        values.identifier(said, "customer_id")


@pytest.mark.parametrize(
    ("said", "right"),
    [("'01067", "01067"), ("'+49301234567", "+49301234567"), ("'90s", "'90s")],
)
def test_a_text_loses_only_the_apostrophe_of_a_number(said: str, right: str) -> None:
    assert values.text(said, "zip") == right
