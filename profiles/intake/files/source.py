"""Open a file of rows: CSV, CSV.gz, Parquet or an Excel workbook. What its columns are
called, what its content hashes to.
"""

import codecs
import csv
import gzip
import hashlib
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet

from .spreadsheet import as_csv, begins_like_one
from .torn import Torn, find
from .unreadable import UnreadableFile

MIB = 1 << 20
START = 256 * 1024  # bytes that are looked at to show what a file holds
LONGEST_LINE = 16 * MIB  # the reader takes no longer row either
MOST_UNPACKED = 250  # times the packed size; CSV packs to a fifth or a twentieth
SURELY_FINE = 256 * MIB  # small enough to be read, however it is packed
MOST_ALIKE = 1_000_000  # rows of Parquet that may take less than a byte each
LINE = "#line"  # no header can be called so: it is stripped of #
NAMELESS = "#"  # begins what we call a column without a name


@dataclass(frozen=True)
class Refused:
    """One row that is no row: its line, why, and what stood there."""

    line: int
    column: str
    reason: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: the columns by header, and ``#line``. ``share`` of the file
    is read by then.
    """

    rows: pa.Table
    refused: list[Refused]
    share: float


@dataclass(frozen=True)
class Source:
    """An opened file: what its columns are called and what its content hashes to."""

    path: Path
    header: tuple[str, ...]
    sha256: str
    is_parquet: bool
    delimiter: str = ","
    has_quotes: bool = False
    n_bytes: int = 0  # unpacked
    has_rows: bool = True
    header_lines: int = 1
    torn: Torn | None = None  # a row whose quote is never closed
    behind: Any = None  # what keeps a file there that stands for another

    def renamed(self, header: tuple[str, ...]) -> "Source":
        """The same file with other names for its columns."""
        return replace(self, header=header)


def open_source(path: Path) -> Source:
    """Look through a file once: header, hash of its (unpacked) content, size. Raise
    `UnreadableFile` or `OSError`.
    """
    if begins_like_one(path):
        converted = as_csv(path)
        return replace(open_source(converted.path), behind=converted)
    try:
        return _look_at_parquet(path) if _is_parquet(path) else _look_at_csv(path)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UnreadableFile(f"{path.name} is not a whole gzip file.") from error
    except pa.ArrowInvalid as error:
        raise UnreadableFile(
            f"{path.name} is not a Parquet file: {error}".splitlines()[0]
        ) from error


def open_start(path: Path) -> Source:
    """Look at the first rows of a file only: enough to show what stands in it."""
    if _is_parquet(path) or path.stat().st_size <= START:
        return open_source(path)
    folder = TemporaryDirectory(prefix="rapport-start-")
    start = Path(folder.name) / path.name
    try:
        with unpacked(path) as file:
            lines = file.read(START)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UnreadableFile(f"{path.name} is not a whole gzip file.") from error
    start.write_bytes(lines[: lines.rfind(b"\n") + 1] if b"\n" in lines else lines)
    return replace(open_source(start), behind=folder)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if is_packed else path.open("rb")


def _look_at_parquet(path: Path) -> Source:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(MIB):
            digest.update(block)
    n_rows = pa.parquet.read_metadata(path).num_rows
    if n_rows > max(path.stat().st_size, MOST_ALIKE):
        raise UnreadableFile(
            f"{path.name} holds {n_rows} rows in fewer bytes: they are all alike."
        )
    names = pa.parquet.read_schema(path).names
    return Source(path, _checked(path, names), digest.hexdigest(), is_parquet=True)


def _look_at_csv(path: Path) -> Source:
    digest, n_bytes, n_quotes, n_open = hashlib.sha256(), 0, 0, 0
    most = max(path.stat().st_size * MOST_UNPACKED, SURELY_FINE)
    with unpacked(path) as file:
        start = block = file.read(MIB)
        while block:
            digest.update(block)
            n_bytes += len(block)
            n_quotes += block.count(b'"')
            n_open = _since_line_end(block, n_open)
            _check_bounds(path, n_bytes, n_open, most)
            block = file.read(MIB)
    lines = start.splitlines(keepends=True)
    header, delimiter, n_lines = _header(path, lines)
    has_rows = n_bytes > sum(map(len, lines[:n_lines]))
    found = _torn(path, delimiter) if n_quotes % 2 else None
    return Source(
        path,
        header,
        digest.hexdigest(),
        False,
        delimiter,
        n_quotes > 0,
        n_bytes,
        has_rows,
        n_lines,
        found,
    )


def _since_line_end(block: bytes, n_before: int) -> int:
    """Return how many bytes of a line are read so far."""
    ends = max(block.rfind(b"\n"), block.rfind(b"\r"))
    return n_before + len(block) if ends < 0 else len(block) - ends - 1


def _check_bounds(path: Path, n_bytes: int, n_open: int, most: int) -> None:
    """Refuse what would fill the memory or never end before it does."""
    if n_open > LONGEST_LINE:
        raise UnreadableFile(
            f"{path.name} has a line of more than {LONGEST_LINE // MIB} MiB: is it CSV?"
        )
    if n_bytes > most:
        raise UnreadableFile(
            f"{path.name} unpacks to more than {MOST_UNPACKED} times its size;"
            " unpack it and look at it first."
        )


def _torn(path: Path, delimiter: str) -> Torn | None:
    with unpacked(path) as file:
        return find(file, delimiter)


def _header(path: Path, lines: list[bytes]) -> tuple[tuple[str, ...], str, int]:
    """Return the names of the columns, what stands between them, and on how many lines:
    a name may hold breaks.
    """
    first = lines[0] if lines else b""
    if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise UnreadableFile(f"{path.name} is UTF-16; save it as UTF-8.")
    if b"\0" in first:
        raise UnreadableFile(f"{path.name} is neither CSV, gzipped CSV nor Parquet.")
    if not first.removeprefix(codecs.BOM_UTF8).strip():
        raise UnreadableFile(
            f"{path.name} is empty: its first line must name the columns."
        )
    delimiter = max(",;\t|", key=lambda one: first.count(one.encode()))
    reader = csv.reader(
        (line.decode("utf-8-sig" if line is first else "utf-8") for line in lines),
        delimiter=delimiter,
    )
    try:
        names = next(reader)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path.name} is not UTF-8 text.") from error
    except csv.Error as error:
        raise UnreadableFile(f"{path.name} is no CSV: {error}.") from error
    return _checked(path, names), delimiter, reader.line_num


def _checked(path: Path, names: list[str]) -> tuple[str, ...]:
    header = [
        name.strip().lstrip("#") or f"{NAMELESS}{n}" for n, name in enumerate(names)
    ]
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise UnreadableFile(
            f"{path.name} names the column {sorted(twice)[0]!r} twice."
        )
    return tuple(header)
