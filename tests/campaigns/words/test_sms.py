"""Alphabets and segments against the tables of 3GPP TS 23.038 and the sizes of TS
23.040.
"""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.rendering.sms_segments import (
    BASIC,
    EXTENSION,
    JOINED,
    SINGLE,
    Alphabet,
    carried,
    segments,
)

# Code → character as the standard prints them: some of each row, written here by code
# and not copied from the program.
STANDARD = {
    0x00: "@",
    0x01: "£",
    0x02: "$",
    0x03: "¥",
    0x04: "è",
    0x05: "é",
    0x09: "Ç",
    0x0A: "\n",
    0x0B: "Ø",
    0x0D: "\r",
    0x0F: "å",
    0x10: "Δ",
    0x11: "_",
    0x12: "Φ",
    0x1A: "Ξ",
    0x1C: "Æ",
    0x1E: "ß",
    0x1F: "É",
    0x20: " ",
    0x24: "¤",
    0x27: "'",
    0x30: "0",
    0x39: "9",
    0x40: "¡",
    0x41: "A",
    0x5A: "Z",
    0x5B: "Ä",
    0x5C: "Ö",
    0x5D: "Ñ",
    0x5E: "Ü",
    0x5F: "§",
    0x60: "¿",
    0x61: "a",
    0x7A: "z",
    0x7B: "ä",
    0x7C: "ö",
    0x7D: "ñ",
    0x7E: "ü",
    0x7F: "à",
}
EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}


def test_the_default_alphabet_is_the_standards():
    assert len(BASIC) == 128
    assert {code: BASIC[code] for code in STANDARD} == STANDARD
    assert BASIC[0x1B] == "\x1b", "leads to the extension"
    assert len(set(BASIC)) == 128


def test_the_extension_is_the_standards():
    assert set(EXTENSION) == set(EXTENDED.values())


@pytest.mark.parametrize(
    ("text", "alphabet", "n_places", "n_segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 153 + 10, 2),  # 76 in the first, which leaves a place empty
        # a euro is not cut in two: one place of the first stays empty
        ("a" * 152 + "€" * 5, "GSM-7", 153 + 10, 2),
        ("ä" * 70, "GSM-7", 70, 1),
        ("ç", "UCS-2", 1, 1),  # only the capital one is in the table
        ("我" * 70, "UCS-2", 70, 1),
        ("我" * 71, "UCS-2", 71, 2),
        ("我" * 134, "UCS-2", 134, 2),
        ("我" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 67 + 6, 2),  # 33 in the first, which leaves a place empty
        ("a" * 69 + "–", "UCS-2", 70, 1),
        ("a" * 70 + "–", "UCS-2", 71, 2),
        ("\x1b", "UCS-2", 1, 1),
    ],
)
def test_texts(text, alphabet, n_places, n_segments):
    found = carried(text)
    assert (found.alphabet, found.n_places, found.n_segments) == (
        alphabet,
        n_places,
        n_segments,
    )


def test_it_says_which_letters_make_it_dear():
    assert carried("Hello – “Ada” 😀😀").odd == "–“”😀"
    assert carried("Grüße für 5 €").odd == ""


def test_cost_and_sum():
    assert carried("a" * 161).cost(Decimal("0.0075")) == Decimal("0.0150")
    assert segments([("a", 3), ("我" * 71, 2)]) == 7


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.one_of(
            st.sampled_from(BASIC + EXTENSION), st.characters(exclude_categories=["Cs"])
        ),
        max_size=400,
    )
)
def test_segments_hold_what_they_count(text):
    found = carried(text)
    raw = (
        found.n_places
        if found.alphabet == Alphabet.GSM_7
        else len(text.encode("utf-16-be")) // 2
    )
    size = SINGLE[found.alphabet] if found.n_segments == 1 else JOINED[found.alphabet]
    assert raw <= found.n_places <= raw + found.n_segments
    assert (
        (found.n_segments - 1) * size
        < max(found.n_places, 1)
        <= found.n_segments * size
    )
    assert 0 <= found.n_left <= size
