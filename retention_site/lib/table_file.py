"""A table in a file, read by DuckDB: CSV, CSV.gz or Parquet of any length, never whole
in memory.
"""

# ruff: noqa: S608 - the reader is ours, its path escaped

import codecs
import glob
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from retention_site.lib.sql_quoting import quoted_text

MEMORY_LIMIT = "1GB"  # DuckDB spills what is more into the temporary folder
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"


class FileError(ValueError):
    """The file can't be read: one clear sentence."""


@dataclass(frozen=True)
class TableFile:
    path: Path
    connection: duckdb.DuckDBPyConnection
    reader: str  # a table function, with its path escaped
    types: dict[str, str]  # by column name, DuckDB's words
    is_text: bool  # every cell is still text

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.types)


@contextmanager
def opened(path: Path) -> Iterator[TableFile]:
    """Open a file by what it is, not by what it is called. Raise FileError."""
    head = _first_bytes(path)
    is_text = not head.startswith(PARQUET)
    reader = _reader(path, head)
    with (
        TemporaryDirectory(prefix="rapport-file-") as folder,
        duckdb.connect(f"{folder}/rows.duckdb") as connection,
    ):
        connection.execute(
            f"SET memory_limit = '{MEMORY_LIMIT}'; SET preserve_insertion_order = false"
        )
        connection.execute("SET enable_progress_bar = false")
        described = asked(connection, f"DESCRIBE SELECT * FROM {reader}", path)
        yield TableFile(
            path,
            connection,
            reader,
            {name: kind for name, kind, *_ in described},
            is_text,
        )


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as opened_file:
            head = opened_file.read(4096)
    except OSError as error:
        raise FileError(f"{path} can't be read: {error.strerror}.") from error
    if not head:
        raise FileError(f"{path} is empty.")
    if b"\0" in head and not head.startswith((GZIP, PARQUET)):
        raise FileError(f"{path} is neither CSV in UTF-8 nor CSV.gz nor Parquet.")
    if not head.startswith(PARQUET) and not _is_utf8(head):
        raise FileError(f"{path} is not UTF-8: save it as UTF-8.")
    return head


def _is_utf8(head: bytes) -> bool:
    """Look at the beginning of a text, packed or not; what can't be unpacked is for the
    reader to name.
    """
    try:
        text = (
            zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head)
            if head.startswith(GZIP)
            else head
        )
        # a letter may be cut at the end
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    except zlib.error:
        return True
    return True


def _reader(path: Path, head: bytes) -> str:
    literal = quoted_text(glob.escape(str(path)))
    if head.startswith(PARQUET):
        return f"read_parquet({literal})"
    compression = "gzip" if head.startswith(GZIP) else "none"
    return (
        f"read_csv({literal}, header=true, all_varchar=true, store_rejects=true,"
        f" compression='{compression}')"
    )


def asked(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> list[tuple]:
    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise FileError(
            f"{path} can't be read as CSV, CSV.gz or Parquet: {reason}"
        ) from error
