"""A column that is nearly one of ours is kept, and the answer says what may be meant."""

import pytest

from profiles.intake.column_mapping.suggestions import meant
from profiles.intake.imports import load
from profiles.models import Customer

HEADERS = [
    ("customers", ["customer_id", "emial", "fav_colour"], {"emial": "email"}),
    ("customers", ["customer_id", "E-Mail Address"], {"E-Mail Address": "email"}),
    ("customers", ["customer_id", "brith_date"], {"brith_date": "birth_date"}),
    ("customers", ["customer_id", "email", "mail"], {}),  # ours is there already
    ("items", ["item_id", "titel", "prise"], {"titel": "title", "prise": "price"}),
    ("items", ["item_id", "brand_id", "price_list", "size"], {}),
    ("events", ["type", "at", "customer_id", "qty"], {"qty": "quantity"}),
    ("events", ["type", "at", "customer_id", "shelf", "price"], {}),
]


@pytest.mark.parametrize(("kind", "header", "found"), HEADERS)
def test_what_is_meant(kind, header, found):
    assert meant(kind, header) == found


@pytest.mark.django_db(transaction=True)
def test_the_answer_names_it_and_the_value_is_kept(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("customer_id,emial\n7,ada@shop.example\n")
    answer = load("customers", file)
    assert answer["did_you_mean"] == {"emial": "email"}
    assert answer["stored"] == 1
    kept = Customer.objects.get(external_id="7")
    assert (kept.email, kept.traits) == ("", {"emial": "ada@shop.example"})
