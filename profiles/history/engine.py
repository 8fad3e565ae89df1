"""DuckDB in this process: one database, a connection for whoever asks."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

from retention_site.lib.sql_quoting import quoted_text

from .manifest import folder

Connection = duckdb.DuckDBPyConnection
MEMORY = "1200MB"  # beyond it DuckDB sorts and joins on disk
_lock = threading.Lock()


def open_connection() -> Connection:
    """Return a connection of its own: temporary views and tables made on it are seen by
    nobody else.
    """
    with _lock:
        return _database(os.getpid()).cursor()


@contextmanager
def connect() -> Iterator[Connection]:
    """A connection that ends with the block."""
    connection = open_connection()
    try:
        yield connection
    finally:
        connection.close()


def write_partitions(
    connection: Connection, query: str, into: Path, *, by: str
) -> None:
    """Write what a query gives as Parquet, a folder for each value of the column
    ``by``.
    """
    how = (
        f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY ({by}),"
        " OVERWRITE_OR_IGNORE"
    )
    connection.execute(f"COPY ({query}) TO {quoted_text(str(into))} ({how})")


def write_file(connection: Connection, query: str, into: Path) -> None:
    """Write what a query gives as one Parquet file, its rows in the order that they
    come in.
    """
    how = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
    connection.execute(f"COPY ({query}) TO {quoted_text(str(into))} ({how})")


def files(paths: Iterable[str]) -> str:
    """Return SQL that reads files of the history as one table."""
    home = str(folder())
    listed = ", ".join(quoted_text(f"{home}/{path}") for path in paths)
    return f"read_parquet([{listed}])"


@cache  # a forked child makes its own and leaves its parent's alone
def _database(_pid: int) -> Connection:
    """The process's database."""
    spill = folder() / "spill"
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "memory_limit": MEMORY,
        "temp_directory": str(spill),
    }
    database = duckdb.connect(config=config)
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    return database
