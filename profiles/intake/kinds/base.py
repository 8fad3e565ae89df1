"""What a kind of file brings: its columns and how clean rows are stored."""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.csv
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from profiles.intake.cleaners import Cleaner
from profiles.privacy import erased_ids

WRITTEN_ROWS = 20_000  # formatted while PostgreSQL takes in the ones before


@dataclass(frozen=True)
class Column:
    """One known column: how it is cleaned, and whether a row without it is bad."""

    name: str
    clean: Cleaner
    is_required: bool = False
    # a bad cell is left out and noted, and its row is stored
    is_dispensable: bool = False


@dataclass(frozen=True)
class Check:
    """What must not be so of a row: DuckDB's SQL over clean columns in braces, NULL
    for those that the file lacks.
    """

    column: str
    reason: str
    wrong: str


@dataclass(frozen=True)
class Stored:
    """What became of clean rows; the others were there already."""

    stored: int = 0
    updated: int = 0
    joined: int = 0  # customers who turned out to be one person with another
    # why others were not joined → how many
    apart: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Stored") -> "Stored":
        return replace(
            self,
            stored=self.stored + other.stored,
            updated=self.updated + other.updated,
        )


@dataclass(frozen=True)
class Foreseen:
    """What storing clean rows would come to, and a few of them: new ones, and what would
    change in known ones as column → (before, after).
    """

    new: int = 0
    updated: int = 0
    new_customers: int = 0
    new_rows: tuple[Mapping[str, str], ...] = ()
    changes: tuple[tuple[str, Mapping[str, tuple[str, str]]], ...] = ()


@dataclass(frozen=True)
class Clean:
    """Clean rows of a file: columns as cleaned, ``line``, and the JSON of unknown
    columns where the kind keeps it.
    """

    rows: pa.Table
    types: Mapping[str, str]  # column → type in PostgreSQL


@dataclass(frozen=True)
class Origin:
    """Which file it is, and whether somebody said whose."""

    file_key: str = ""
    is_named: bool = False


class ImportKind(ABC):
    """One kind of file."""

    columns: ClassVar[tuple[Column, ...]]
    # where unknown columns go; None: they are left out
    one_of: ClassVar[tuple[str, ...]] = ()  # a file has at least one of these columns
    checks: ClassVar[tuple[Check, ...]] = ()
    extra: ClassVar[str | None] = None
    # column → DuckDB SQL over the clean columns, replacing or adding
    derived: ClassVar[Mapping[str, str]] = {}
    # columns that only ``derived`` reads; NULL where a file lacks them
    reads: ClassVar[frozenset[str]] = frozenset()
    origin = Origin()
    # clean rows that `store` could not take in; a kind that has some lists them
    refused: Sequence[Any] = ()
    tables: ClassVar[tuple[str, ...]] = ()  # where its rows come to stand

    @abstractmethod
    def store(self, batches: Iterator[Clean], source: str) -> Stored:
        """Store clean rows; the same rows again must change nothing."""

    def foresee(self, batches: Iterator[Clean], source: str) -> Foreseen:
        """Say what `store` would come to. Here it is tried and undone; a kind of many rows
        reads instead, so that nobody waits for it.
        """
        with transaction.atomic():
            stored = self.store(batches, source)
            transaction.set_rollback(True)
        return Foreseen(stored.stored, stored.updated)

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.is_required]


class StagedKind(ImportKind):
    """Rows go into a temporary table ``incoming`` first, then into place by one
    `merge`, in one transaction.
    """

    def store(self, batches: Iterator[Clean], source: str) -> Stored:
        with transaction.atomic(), connection.cursor() as cursor:
            names = _staged(cursor, batches)
            return self.merge(cursor, frozenset(names), source) if names else Stored()

    def foresee(self, batches: Iterator[Clean], source: str) -> Foreseen:
        with transaction.atomic(), connection.cursor() as cursor:
            names = _staged(cursor, batches)
            if not names:
                return Foreseen()
            return self.would_merge(cursor, frozenset(names), source)

    def would_merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Foreseen:
        """Say what `merge` would come to: tried and undone."""
        with transaction.atomic():
            stored = self.merge(cursor, present, source)
            transaction.set_rollback(True)
        return Foreseen(stored.stored, stored.updated)

    @abstractmethod
    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        """Bring ``incoming`` into place; it has a ``line`` and the columns ``present``
        in the file.
        """


def _staged(cursor: CursorWrapper, batches: Iterable[Clean]) -> list[str]:
    """Put clean rows into ``incoming``, without those of erased people; return its
    columns, none where no row came.
    """
    names: list[str] = []
    for batch in batches:
        if not names:
            names = batch.rows.column_names
            stage(cursor, batch.types)
        copy_rows(cursor, "incoming", batch.rows)
    if names:
        if "customer_id" in names:
            erased_ids.leave_out(cursor)
        cursor.execute("ANALYZE incoming")
    return names


def stage(cursor: CursorWrapper, types: Mapping[str, str]) -> None:
    """Make the temporary table ``incoming``, gone with the transaction."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
    # left by an earlier step of the same transaction
    cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")
    cursor.execute(f"CREATE TEMPORARY TABLE incoming ({columns}) ON COMMIT DROP")


def copy_rows(cursor: CursorWrapper, table: str, rows: pa.Table) -> None:
    """COPY rows into a table whose columns are called alike."""
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for lines in as_csv(rows):
            copy.write(lines)


def as_csv(rows: pa.Table) -> Iterator[bytes]:
    """Format rows as PostgreSQL reads them: nothing is NULL, quotes are words, times
    are UTC as its sessions are.
    """
    plain = pa.schema(
        [field.with_type(_without_zone(field.type)) for field in rows.schema]
    )
    # formatting a zone beside each time would take longer than all the rest
    rows = rows.cast(plain)
    options = pa.csv.WriteOptions(include_header=False, batch_size=WRITTEN_ROWS)
    for start in range(0, rows.num_rows, WRITTEN_ROWS):
        written = io.BytesIO()
        pa.csv.write_csv(rows.slice(start, WRITTEN_ROWS), written, options)
        yield written.getvalue()


def _without_zone(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind


def make_bare_customers(
    cursor: CursorWrapper, query: str = "SELECT customer_id FROM incoming"
) -> None:
    """Create customers for ids that nobody has yet; always in the order of ids, so that
    two imports never lock.
    """
    cursor.execute(
        "INSERT INTO profiles_customer (external_id) SELECT DISTINCT given.id FROM"
        f" ({query}) AS given(id) WHERE given.id IS NOT NULL AND NOT EXISTS (SELECT"
        " FROM profiles_customer WHERE external_id = given.id) ORDER BY 1 ON CONFLICT"
        " DO NOTHING"
    )


def make_bare_items(
    cursor: CursorWrapper, query: str = "SELECT item_id FROM incoming"
) -> None:
    """Create items for ids that nobody has yet."""
    cursor.execute(
        "INSERT INTO profiles_item (external_id) SELECT DISTINCT given.id FROM"
        f" ({query}) AS given(id) WHERE given.id IS NOT NULL AND NOT EXISTS (SELECT"
        " FROM profiles_item WHERE external_id = given.id) ORDER BY 1 ON CONFLICT DO"
        " NOTHING"
    )


def names_of(columns: Iterable[str]) -> str:
    """Return column names as an SQL list."""
    return ", ".join(f'"{name}"' for name in columns)
