"""Files of events: written by month, never changed, many small ones made into one."""

import shutil
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from retention_site.lib.checksums import size_and_digest

from . import engine
from .manifest import Part, folder

ROWS_AT_ONCE = 500_000  # sorted in memory: some 200 MB
MOST_PARTS = 8  # of one month; then they become one
# A customer's events lie together: small files, quick look-ups
BY_MONTH = (
    "SELECT *, strftime(happened_at, '%Y-%m') AS month FROM {rows} ORDER BY month,"
    " customer, happened_at"
)

MONEY = """
    SELECT count(*) FILTER (type = 'return' AND quantity <> 0),
        list(DISTINCT currency) FILTER (currency <> '')
    FROM {rows}
"""


def write(batches: Iterable[pa.RecordBatch]) -> list[Part]:
    """Write events into new parts; memory stays bounded whatever comes."""
    return [part for rows in _gathered(batches) for part in _write(rows)]


def compact(parts: Iterable[Part]) -> tuple[list[Part], list[str]]:
    """Make one part of every month that has too many; return the parts then, and the
    files no longer used.
    """
    by_month: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_month[part.month].append(part)
    kept, retired = [], []
    for _month, some in sorted(by_month.items()):
        if len(some) <= MOST_PARTS:
            kept += some
            continue
        kept += _joined(some)
        retired += [part.path for part in some]
    return kept, retired


def without(path: str, customers: Sequence[int]) -> tuple[int, str, int] | None:
    """Write a file of the history anew without some customers' rows.

    Return its size, digest and number of rows; None where it holds nothing of theirs.
    The new file takes the old one's place and name: who reads it by a manifest of
    before finds a file there, and nothing of these customers.
    """
    target, listed = (
        folder() / path,
        ", ".join(str(int(customer)) for customer in customers) or "NULL",
    )
    if not target.exists() or "customer" not in pa.parquet.read_schema(target).names:
        return None
    rows, draft = engine.files([path]), target.with_name(f"{target.name}.part")
    with engine.connect() as database:
        held = database.execute(
            f"SELECT count(*) FROM {rows} WHERE customer IN ({listed})"
        ).fetchone()
        if not held or not held[0]:
            return None
        engine.write_file(
            database, f"SELECT * FROM {rows} WHERE customer NOT IN ({listed})", draft
        )
    n = pa.parquet.read_metadata(draft).num_rows
    size, digest = size_and_digest(draft)
    # a rename: a reader has the old file open or finds the new one, never half of
    # either
    draft.replace(target)
    return size, digest, n


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        # sorted in memory below: this bound is what keeps a first refresh of years
        # small
        if sum(one.num_rows for one in waiting) >= ROWS_AT_ONCE:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _write(rows: pa.Table) -> list[Part]:
    with engine.connect() as database:
        database.register("rows", rows)
        return _by_month(database, "rows")


def _joined(parts: list[Part]) -> list[Part]:
    with engine.connect() as database:
        return _by_month(database, engine.files(part.path for part in parts))


def _by_month(database: engine.Connection, rows: str) -> list[Part]:
    """Write rows into one file a month: into a draft folder first, so that no half file
    is ever named.
    """
    draft = folder() / "events" / f"draft-{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    try:
        engine.write_partitions(database, BY_MONTH.format(rows=rows), draft, by="month")
        return [_in_place(database, path) for path in sorted(draft.rglob("*.parquet"))]
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _in_place(database: engine.Connection, path: Path) -> Part:
    month = path.parent.name.removeprefix("month=")
    name = Path("events") / f"{month}-{uuid.uuid4().hex[:12]}.parquet"
    n, (size, digest) = pa.parquet.read_metadata(path).num_rows, size_and_digest(path)
    path.rename(folder() / name)
    return Part(
        str(name),
        month,
        n,
        size,
        digest,
        *facts_of_money(database, engine.files([str(name)])),
    )


def facts_of_money(
    database: engine.Connection, rows: str
) -> tuple[int, tuple[str, ...]]:
    """Count the returns among events, and name the currencies of their amounts: most
    shops need no more.
    """
    n_returns, currencies = database.sql(MONEY.format(rows=rows)).fetchall()[0]
    return n_returns, tuple(sorted(currencies or ()))
