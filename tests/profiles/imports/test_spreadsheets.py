"""Excel workbooks: read as what they show, and nothing that a stranger built harms."""

import zipfile
from pathlib import Path

import pytest

from profiles.intake.files import spreadsheet
from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.imports import load
from profiles.models import Customer, Event

pytestmark = pytest.mark.django_db

HEAD = '<?xml version="1.0"?>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OF_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = f"""{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{OF_SHEETS}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{OF_SHEETS}.worksheet+xml"/></Types>"""
RELS = f"""{HEAD}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
BOOK = f"""{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">
<sheets><sheet name="Rows" sheetId="1" r:id="rId1"/></sheets></workbook>"""
BOOK_RELS = f"""{HEAD}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>"""
STYLES = f"""{HEAD}<styleSheet xmlns="{MAIN}">
<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"""
SHEET = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'


def text(words: str) -> str:
    return f'<c t="inlineStr"><is><t>{words}</t></is></c>'


def number(value: float) -> str:
    return f"<c><v>{value}</v></c>"


def day(serial: float) -> str:
    return f'<c s="1"><v>{serial}</v></c>'


def formula(words: str, shown: float) -> str:
    return f"<c><f>{words}</f><v>{shown}</v></c>"


def workbook(path: Path, *rows: list[str], sheet: str = "") -> Path:
    cells = "".join(f"<row>{''.join(row)}</row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", TYPES)
        parts.writestr("_rels/.rels", RELS)
        parts.writestr("xl/workbook.xml", BOOK)
        parts.writestr("xl/_rels/workbook.xml.rels", BOOK_RELS)
        parts.writestr("xl/styles.xml", STYLES)
        whole = sheet or f"{SHEET}{cells}</sheetData></worksheet>"
        parts.writestr("xl/worksheets/sheet1.xml", whole)
    return path


def test_cells_are_read_as_they_show(tmp_path) -> None:
    path = workbook(
        tmp_path / "orders.xlsx",
        [
            text(one)
            for one in ("customer_id", "type", "at", "quantity", "price", "note")
        ],
        [
            number(1001),
            text("purchase"),
            day(45352.5),
            number(2),
            number(1.5),
            text('a, "b"'),
        ],
        [
            number(1002),
            text("purchase"),
            day(45353),
            formula("1+1", 2),
            formula("D3*2", 4),
            text("=1+1"),
        ],
    )
    answer = load("events", path, time_zone="UTC")
    assert (answer["read"], answer["stored"], answer["quarantined"]) == (2, 2, 0)
    first, second = Event.objects.order_by("at")
    assert (first.customer.external_id, float(first.quantity), float(first.price)) == (
        "1001",
        2,
        1.5,
    )
    assert f"{first.at:%Y-%m-%d %H:%M}" == "2024-03-01 12:00"
    assert (float(second.quantity), float(second.price)) == (2, 4)
    assert second.properties["note"] == "=1+1"


def test_the_same_workbook_again_stores_nothing(tmp_path) -> None:
    path = workbook(tmp_path / "people.xlsx", [text("customer_id")], [number(7)])
    assert load("customers", path)["stored"] == 1
    assert load("customers", path)["stored"] == 0
    assert Customer.objects.get().external_id == "7"


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFile) as error:
        load("customers", path)
    return str(error.value)


def test_what_is_no_workbook_is_refused_in_one_sentence(tmp_path) -> None:
    plain = tmp_path / "a.xlsx"
    with zipfile.ZipFile(plain, "w") as parts:
        parts.writestr("readme.txt", "hello")
    assert "zip file; unpack it" in refused(plain)
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04garbage")
    assert "damaged" in refused(tmp_path / "b.xlsx")
    (tmp_path / "c.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert "old Excel file" in refused(tmp_path / "c.xls")
    assert "is empty" in refused(workbook(tmp_path / "d.xlsx"))
    broken = workbook(tmp_path / "e.xlsx", sheet="<worksheet><sheetData><row><c")
    assert refused(broken).endswith(".")


def test_a_csv_that_is_called_xlsx_is_read_as_what_it_is(tmp_path) -> None:
    path = tmp_path / "people.xlsx"
    path.write_text("customer_id\n7\n")
    assert load("customers", path)["stored"] == 1


def test_a_bomb_says_its_size_and_is_not_unpacked(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_UNPACKED", 1 << 20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", BOOK)
        parts.writestr("xl/worksheets/sheet1.xml", bytes(2 << 20))
    assert path.stat().st_size < 10_000
    assert "more than a spreadsheet should" in refused(path)


def test_a_bomb_that_lies_about_its_size_ends_with_its_own_process(
    tmp_path, monkeypatch
) -> None:
    """The sheet unpacks to 600 MiB of cells; its reader may have 400 MiB."""
    monkeypatch.setattr(spreadsheet, "MOST_MEMORY", 400 << 20)
    row = f"<row>{text('x' * 1000) * 100}</row>"
    path = workbook(
        tmp_path / "bomb.xlsx", sheet=SHEET + row * 6_000 + "</sheetData></worksheet>"
    )
    assert refused(path).endswith("save it as CSV.")
