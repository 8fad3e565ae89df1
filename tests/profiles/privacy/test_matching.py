"""Whether a row speaks of a person, and what of a text gives them away."""

import pytest

from profiles.privacy.person import Person
from profiles.privacy.person_search import Sought

ADA = Person(
    customers=(1,),
    ids=(
        ("customer_id", "7"),
        ("customer_id", "shop-0007"),
        ("anonymous_id", "b7e1f2a9c0"),
        ("email", "Ada.Lo@shop.example"),
        ("phone", "+4930901820777"),
    ),
    names=("Ada", "Ada Lovelace", "Lovelace"),
    facts=("Dorset Street 1", "gold"),
)
SOUGHT = Sought(ADA)


@pytest.mark.parametrize(
    "row",
    [
        {"customer_id": "7"},
        {"customerId": 7},
        {"user": {"id": "7"}},
        {"userId": " SHOP-0007 "},
        {"any": ["thing", {"deep": "shop-0007"}]},
        {"note": "write to ada.lo@shop.example, please"},
        {"url": "https://x.example/?to=ada.lo%40shop.example"},
        {"phone": "030 90 18 20 777"},
        {"tel": "0049-30-901820777"},
        "mail to ADA.LO@SHOP.EXAMPLE",
    ],
)
def test_rows_of_the_person_are_known(row):
    assert SOUGHT.speaks(row)


@pytest.mark.parametrize(
    "row",
    [
        {"quantity": "7", "price": 7},
        {"customer_id": "77"},
        {"customer_id": "8", "first_name": "Ada", "last_name": "Lovelace"},
        {"email": "not.ada.lo@other.example"},
        {"order_id": "90182077"},
        {"tier": "gold"},
        {},
        None,
        True,
        "",
    ],
)
def test_rows_of_others_are_left_alone(row):
    assert not SOUGHT.speaks(row)


def test_who_has_no_ids_is_looked_for_nowhere():
    nobody = Sought(Person(customers=(1,)))
    assert not nobody.speaks({"customer_id": "1"})
    assert nobody.masked("Ada 1") == "Ada 1"
    assert nobody.masked_bytes(b"Ada 1") == b"Ada 1"


def test_a_text_is_masked_letter_by_letter_and_only_in_whole_words():
    assert (
        SOUGHT.masked("Ada in Adapter, ADA.LO@shop.example")
        == "*** in Adapter, *******************"
    )
    assert (
        SOUGHT.masked("lives at Dorset Street 1, gold")
        == "lives at ***************, gold"
    )
    assert SOUGHT.masked_json({"a": ["Ada", 7]}) == {"a": ["***", 7]}


def test_bytes_keep_their_places():
    raw = '{"name": "Zoë Ada", "to": "ada.lo@shop.example"}\n'.encode()
    masked = Sought(Person((1,), ADA.ids, ("Zoë", "Ada"))).masked_bytes(raw)
    assert len(masked) == len(raw)
    assert masked == b'{"name": "**** ***", "to": "*******************"}\n'


def test_patterns_of_the_database_are_a_net_that_loses_nothing():
    """What LIKE lets through is looked at closely; what it keeps back is never looked
    at.
    """
    rows = [
        {"customer_id": "7"},
        {"u": "x shop-0007"},
        {"m": "ada.lo@shop.example"},
        {"m": "ada.lo%40shop.example"},
    ]
    words = [pattern.strip("%").replace("\\", "") for pattern in SOUGHT.likely()]
    assert all(any(word in str(row).lower() for word in words) for row in rows)
    assert "%7%" not in SOUGHT.likely(is_text=True)
