"""Files of events: written by month, never changed, many small ones made into one."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from . import engine
from .manifest import Part, folder

ROWS_AT_ONCE = 1_000_000  # sorted in memory: some 300 MB
MOST_PARTS = 8  # of one month; then they become one
ORDER = "customer, happened_at"  # a customer's events lie together: small files, quick look-ups


def write(batches: Iterable[pa.Table]) -> list[Part]:
    """Write events into new parts; memory stays bounded whatever comes."""
    return [part for rows in _gathered(batches) for part in _write(rows)]


def compact(parts: Iterable[Part]) -> tuple[list[Part], list[str]]:
    """Make one part of every month that has too many; return the parts then, and the files no longer used."""
    by_month: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_month[part.month].append(part)
    kept, retired = [], []
    for month, some in sorted(by_month.items()):
        if len(some) <= MOST_PARTS:
            kept += some
            continue
        kept.append(_joined(month, some))
        retired += [part.path for part in some]
    return kept, retired


def _gathered(batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROWS_AT_ONCE:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _write(rows: pa.Table) -> list[Part]:
    with engine.connect() as database:
        database.register("rows", rows)
        months = database.execute(
            "SELECT strftime(happened_at, '%Y-%m') AS month, count(*) FROM rows GROUP BY month ORDER BY month"
        ).fetchall()
        parts = [Part(_new_path(month), month, n) for month, n in months]
        for part in parts:
            one_month = f"SELECT * FROM rows WHERE strftime(happened_at, '%Y-%m') = '{part.month}'"
            _copy(database, one_month if len(parts) > 1 else "SELECT * FROM rows", part.path)
    return parts


def _joined(month: str, parts: list[Part]) -> Part:
    joined = Part(_new_path(month), month, sum(part.n for part in parts))
    with engine.connect() as database:
        _copy(database, f"SELECT * FROM {engine.files(part.path for part in parts)}", joined.path)
    return joined


def _copy(database: engine.Connection, query: str, path: str) -> None:
    engine.write_parquet(database, f"{query} ORDER BY {ORDER}", folder() / path)


def _new_path(month: str) -> str:
    (folder() / "events").mkdir(parents=True, exist_ok=True)
    return str(Path("events") / f"{month}-{uuid.uuid4().hex[:12]}.parquet")
