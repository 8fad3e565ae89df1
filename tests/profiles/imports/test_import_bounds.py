"""Files that would fill the memory, and numbers that could be two: refused in one sentence."""

import gzip
import resource
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from profiles.intake.files import source
from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.imports import load
from profiles.models import Customer, Event

pytestmark = pytest.mark.django_db
MIB = 1 << 20


def packed(folder: Path, *parts: bytes) -> Path:
    path = folder / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for part in parts:
            file.write(part)
    return path


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_one_endless_line_is_refused_soon(tmp_path: Path) -> None:
    path = packed(tmp_path, b"customer_id,first_name\nc1,", *[b"a" * MIB] * 200)
    before = memory()
    with pytest.raises(UnreadableFile, match="a line of more than 16 MiB"):
        load("customers", path)
    assert memory() - before < 150


def test_a_quote_that_is_never_closed_holds_no_file_in_memory(tmp_path: Path) -> None:
    lines = b"".join(b"c%06d,Ann\n" % n for n in range(100_000))
    later = [lines.replace(b"c", b"%x" % n) for n in range(10, 40)]
    path = packed(tmp_path, b'customer_id,first_name\nc1,"Ann\n', *later)
    before = memory()
    found = source.open_source(path)
    assert found.torn is not None
    assert found.torn.line == 2
    assert memory() - before < 400


def test_what_unpacks_to_far_more_than_its_size_is_refused(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(source, "SURELY_FINE", MIB)
    monkeypatch.setattr(source, "MOST_UNPACKED", 50)
    path = packed(tmp_path, b"customer_id,first_name\n", *[b"c1,Ann\n" * 100_000] * 20)
    with pytest.raises(UnreadableFile, match="unpacks to more than 50 times its size"):
        load("customers", path)


def test_a_table_of_rows_that_are_all_alike_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    row = pa.array(["c1"] * 3_000_000).dictionary_encode()
    pyarrow.parquet.write_table(pa.table({"customer_id": row}), path)
    with pytest.raises(UnreadableFile, match="3000000 rows in fewer bytes"):
        load("customers", path)
    assert not Customer.objects.exists()


def test_a_price_that_could_be_two_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "money.csv"
    said = ("12,50", "1.234,56", "1.234", "12.5")
    rows = "".join(
        f"c3;purchase;2026-09-0{n + 1};{one}\n" for n, one in enumerate(said)
    )
    path.write_text(f"customer_id;type;at;price\n{rows}")
    answer = load("events", path)
    assert answer["reasons"] == {"could be two numbers": 1}
    read = [float(one.price) for one in Event.objects.order_by("at")]
    assert read == [12.5, 1234.56, 12.5]
    path.write_text("customer_id,type,at,price\nc3,purchase,2026-09-01,1.234\n")
    assert load("events", path)["stored"] == 1
