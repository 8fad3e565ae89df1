"""Import of 1,469,307 purchase lines (The Complete Journey, as CSV) against a bare COPY
of the same bytes.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import duckdb

from benchmarks.figures import Figure
from retention_site.lib import embedded

BARE = """
    CREATE TABLE bare (
        customer_id text, type text, at timestamptz, item_id text, order_id text, quantity numeric, price numeric,
        discount numeric, currency text, store_id text
    )
"""


def measure() -> Iterator[Figure]:
    """Yield rows per second of a first import, of the same file again, and of the bare
    COPY.
    """
    embedded.ensure()
    os.environ["SHOP_TIME_ZONE"] = "America/New_York"
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from campaigns.demo.shop import write_files
    from profiles.intake.imports import load

    call_command("migrate", verbosity=0)
    folder = Path(os.environ["DATA_DIR"]) / "shop"
    files = {
        file.path.stem: file for file in write_files(folder, cut="2017-12-04T15:00:00")
    }
    path, n = _as_csv(files["purchases"].path), files["purchases"].n_rows
    for kind in ("customers", "items"):
        load(kind, files[kind].path)
    with connection.cursor() as cursor:
        cursor.execute(BARE)
        bare = _seconds(lambda: _copy(cursor, path))
        cursor.execute("DROP TABLE bare")
    first = _seconds(lambda: load("events", path))
    again = _seconds(lambda: load("events", path))
    packed = _seconds(lambda: load("events", files["purchases"].path, "other"))
    yield Figure(
        "lines of CSV imported", n / first, "rows/s", n / bare, "bare COPY, no index"
    )
    yield Figure(
        "the same file again: nothing is stored",
        n / again,
        "rows/s",
        n / first,
        "first time",
    )
    yield Figure(
        "the same lines as Parquet, another file",
        n / packed,
        "rows/s",
        n / first,
        "CSV",
    )


def _as_csv(path: Path) -> Path:
    duckdb.sql(
        f"COPY (SELECT * FROM '{path}') TO '{path.with_suffix('.csv')}' (HEADER)"
    )
    return path.with_suffix(".csv")


def _copy(cursor: object, path: Path) -> None:
    with (
        path.open("rb") as file,
        cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy,
    ):
        while block := file.read(1 << 20):
            copy.write(block)


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
