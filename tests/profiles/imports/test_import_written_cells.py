"""Files whose numbers and ids a person or a spreadsheet wrote: read where the column
makes them certain, else put aside.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from profiles.intake.files import csv_rows
from profiles.intake.imports import load
from profiles.intake.quarantine.replay import replay
from profiles.models import Customer, Event, Item, QuarantinedRow

pytestmark = pytest.mark.django_db
TWO = "could be two numbers"
POINTED = "an id that a spreadsheet wrote as a decimal number"


@pytest.fixture(autouse=True)
def euros(settings: Any) -> None:
    settings.SHOP_CURRENCY = "EUR"


def purchases(path: Path, prices: list[str], *, first: int = 1) -> dict[str, Any]:
    rows = "".join(
        f"c3;purchase;2026-01-01;o{n};{price}\n"
        for n, price in enumerate(prices, first)
    )
    path.write_text(f"customer_id;type;at;order_id;price\n{rows}")
    return load("events", path)


def prices() -> list[Decimal]:
    return list(Event.objects.order_by("id").values_list("price", flat=True))


def test_prices_of_many_hands_are_each_read_or_put_aside(tmp_path: Path) -> None:
    said = ["12,50", "1.234,56", "1.234", "€12.50", "1'234.50", "12.50 €"]
    answer = purchases(tmp_path / "prices.csv", said)
    assert answer["reasons"] == {TWO: 1}
    assert prices() == [
        Decimal(n) for n in ("12.5", "1234.56", "12.5", "1234.5", "12.5")
    ]
    assert QuarantinedRow.objects.get().row["price"] == "1.234"


def test_a_column_of_one_hand_is_read_whole(tmp_path: Path) -> None:
    answer = purchases(tmp_path / "prices.csv", ["1.234,56", "1.234", "99,00", "7"])
    assert answer["quarantined"] == 0
    assert prices() == [Decimal(n) for n in ("1234.56", "1234", "99", "7")]


def test_a_sign_of_another_currency_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_text(
        "customer_id,type,at,price,currency,quantity\n"
        "c1,purchase,2026-01-01,$12.50,USD,1\nc1,purchase,2026-01-02,$12.50,,1\n"
        "c1,purchase,2026-01-03,€12.50,,1\nc1,purchase,2026-01-04,12,,€2\n"
    )
    assert load("events", path)["reasons"] == {
        "written in another currency": 1,
        "not a number": 1,
    }
    assert prices() == [Decimal("12.5")] * 2


def test_what_a_later_part_of_a_file_contradicts_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", 400)
    said = ["1.234,56"] * 20 + ["12.50"] * 20 + ["1.234"]
    answer = purchases(tmp_path / "prices.csv", said)
    assert answer["reasons"] == {TWO: 1}
    assert prices() == [Decimal("1234.56")] * 20 + [Decimal("12.5")] * 20


def test_prices_of_items_are_read_so_too(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text('item_id,price\ni1,"1.234,56"\ni2,12 €\ni3,"1,234"\n')
    assert load("items", path)["reasons"] == {TWO: 1}
    assert dict(Item.objects.values_list("external_id", "price")) == {
        "i1": Decimal("1234.56"),
        "i2": Decimal(12),
    }


def test_ids_that_all_end_in_point_zero_are_read_without(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,first_name\n71001.0,A\n71002.0,B\n")
    assert load("customers", path)["quarantined"] == 0
    path = tmp_path / "events.csv"
    path.write_text(
        "customer_id,type,at,item_id\n71001,view,2026-01-01,5.0\n71002,view,2026-01-01,\n"
    )
    assert load("events", path)["quarantined"] == 0
    assert set(ids()) == {"71001", "71002"}
    assert list(Item.objects.values_list("external_id", flat=True)) == ["5"]


def test_ids_of_which_some_end_in_point_zero_are_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,first_name\n71001.0,A\n71002,B\nA-1.0,C\n")
    assert load("customers", path)["reasons"] == {POINTED: 1}
    assert set(ids()) == {"71002", "A-1.0"}
    assert QuarantinedRow.objects.get().row["customer_id"] == "71001.0"


def test_ids_of_a_later_part_are_read_by_what_stood_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", 100)
    path = tmp_path / "customers.csv"
    rows = "".join(f"{n},A\n" for n in range(100, 150)) + "".join(
        f"{n}.0,A\n" for n in range(200, 250)
    )
    path.write_text(f"customer_id,first_name\n{rows}")
    assert load("customers", path)["reasons"] == {POINTED: 50}
    assert set(ids()) == {str(n) for n in range(100, 150)}


def ids() -> list[str]:
    return list(Customer.objects.values_list("external_id", flat=True))


def test_id_that_a_spreadsheet_may_have_written_is_no_stranger_when_tried_again(
    tmp_path: Path,
) -> None:
    """Whatever else is put right in its row: only a person knows whether 71001 is meant."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,first_name\n71001.0,A\n71002,B\n")
    load("customers", path)
    row = QuarantinedRow.objects.get()
    refused = replay(row, row.row | {"first_name": "Ada"})
    assert (refused.column, refused.reason) == ("customer_id", POINTED)
    assert set(ids()) == {"71002"}
    assert replay(row, row.row | {"customer_id": "71001"}) is None
    assert set(ids()) == {"71001", "71002"}


@pytest.mark.parametrize("column", ["event_id", "customer_id", "order_id", "item_id"])
def test_no_id_of_a_files_row_keeps_a_spreadsheets_point(column: str) -> None:
    said = {
        "type": "purchase",
        "at": "2026-01-01",
        "customer_id": "A1",
        "event_id": "E1",
        "price": "2",
    }
    row = QuarantinedRow.objects.create(
        key=uuid4(), source="shop", kind="events", reason="x", row=said
    )
    assert replay(row, said | {column: "71001.0"}).column == column
    assert replay(row, said | {column: "A-1.0"}) is None, "an id of the shop's own"
