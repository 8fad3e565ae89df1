"""Files for people: no cell is run as a formula, and what holds personal data only the
shop's account reads.
"""

import csv
import io
import stat

import pytest

from profiles.intake.imports import load
from retention_site.lib.csv_export import as_csv, safe
from retention_site.lib.security import private_files

RISKY = [
    "=1+1",
    "+1",
    "-1+cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u3000=1",
    "\u00a0@x",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
]


@pytest.mark.parametrize("cell", RISKY)
def test_a_cell_is_never_a_formula(cell):
    assert safe(cell) == f"'{cell}"
    (row,) = csv.reader(
        io.StringIO(as_csv("x", [[cell]]).content.decode("utf-8-sig"), newline="")
    )
    assert row == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["plain", "a=b", "1-2", "", None, -3, 4.5, "Größe ＝"])
def test_other_cells_stay_as_they_are(cell):
    assert safe(cell) == cell


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["=cmd.csv", "＝x.csv", "rows.csv"])
def test_the_file_of_bad_rows_is_guarded_and_closed(tmp_path, settings, name):
    settings.DATA_DIR = tmp_path
    (tmp_path / "quarantine").mkdir(mode=0o755)  # as an older release left it
    source = tmp_path / name
    source.write_text("customer_id,email\nc1,=HYPERLINK(1)\n")
    written = load("customers", source)
    (kept,) = (tmp_path / "quarantine").glob("*.csv")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    rows = list(csv.reader(kept.open(newline="")))
    assert written["quarantined"] == len(rows) - 1 == 1
    assert not [
        cell for row in rows for cell in row if cell.startswith(tuple("=+-@＝＋－＠"))
    ]


def test_a_file_is_private_from_its_first_byte(tmp_path):
    path = tmp_path / "a"
    path.write_text("old, and open to all")
    path.chmod(0o644)
    with private_files.opened(path) as file:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        file.write(b"new")
    assert path.read_bytes() == b"new"
