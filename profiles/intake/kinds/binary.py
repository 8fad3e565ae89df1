"""Rows as PostgreSQL's binary COPY reads them: it takes them in at half the cost of
text.

Format after the manual of PostgreSQL, COPY, "Binary Format"; a field is its length in
bytes, then its value, and −1 for NULL. Columns are encoded whole, and rows are the
columns' pieces joined.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from profiles.intake.files.cells import joined_chunk

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
ROWS_AT_ONCE = 50_000
EPOCH_MICROSECONDS = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01
EXACT = pa.decimal128(30, 8)
NEGATIVE = 0x4000
# twelve digits before the point and eight after it, four in each number; zeros at the
# ends are dropped on arrival
NUMERIC = np.dtype([("length", ">i4"), ("head", ">i2", 4), ("digits", ">i2", 5)])


def copy_binary(
    cursor: CursorWrapper, table: str, rows: pa.Table, kinds: Mapping[str, str]
) -> None:
    """COPY rows into a table whose columns are called alike; ``kinds`` are their types
    there, text by default.
    """
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(HEADER)
        for block in _one_ahead(as_binary(rows, kinds)):
            copy.write(block)
        copy.write(TRAILER)


def as_binary(rows: pa.Table, kinds: Mapping[str, str]) -> Iterator[bytes]:
    """Format rows, some at a time."""
    for start in range(0, rows.num_rows, ROWS_AT_ONCE):
        some = rows.slice(start, ROWS_AT_ONCE).combine_chunks()
        pieces: list[pa.Array | pa.Scalar] = [
            pa.scalar(len(rows.column_names).to_bytes(2, "big"), pa.binary())
        ]
        for name in rows.column_names:
            column = (
                some[name].combine_chunks()
                if some[name].num_chunks != 1
                else some[name].chunk(0)
            )
            pieces += _PIECES.get(kinds.get(name, "text"), _text)(column)
        yield joined_chunk(pc.binary_join_element_wise(*pieces, b""))


def _one_ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Format the next block while PostgreSQL takes in the one before."""
    with ThreadPoolExecutor(1, thread_name_prefix="formatting") as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


def _text(column: pa.Array) -> list[pa.Array]:
    texts = column.cast(pa.string()).cast(pa.binary())
    return [
        _number(pc.fill_null(pc.binary_length(texts), -1)),
        pc.fill_null(texts, b""),
    ]


def _jsonb(column: pa.Array) -> list[pa.Array]:
    """Text after a version number."""
    texts = column.cast(pa.string()).cast(pa.binary())
    lengths = pc.fill_null(pc.add(pc.binary_length(texts), 1), -1)
    version = pc.if_else(
        column.is_valid(), pa.scalar(b"\x01", pa.binary()), pa.scalar(b"", pa.binary())
    )
    return [_number(lengths), version, pc.fill_null(texts, b"")]


def _bigint(column: pa.Array) -> list[pa.Array]:
    values = np.empty(len(column), [("length", ">i4"), ("value", ">i8")])
    values["length"], values["value"] = (
        8,
        pc.fill_null(column, 0).to_numpy(zero_copy_only=False),
    )
    return [_or_null(values, column)]


def _timestamptz(column: pa.Array) -> list[pa.Array]:
    microseconds = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return _bigint(pc.subtract(microseconds, EPOCH_MICROSECONDS))


def _uuid(column: pa.Array) -> list[pa.Array]:
    """From thirty-two hexadecimal digits; no key is NULL."""
    values = np.empty(len(column), [("length", ">i4"), ("value", "V16")])
    values["length"] = 16
    values["value"] = np.frombuffer(
        bytes.fromhex(joined_chunk(column.cast(pa.binary())).decode()), "V16"
    )
    return [_fixed(values)]


def _numeric(column: pa.Array) -> list[pa.Array]:
    """Digits in base 10,000 of numbers below 10¹², with their own places after the
    point.
    """
    places, exact = column.type.scale, pc.fill_null(column.cast(EXACT), 0)
    size = pc.abs(exact)
    whole = pc.trunc(size)
    wholes = (
        whole.cast(pa.decimal128(30, 0)).cast(pa.int64()).to_numpy(zero_copy_only=False)
    )
    rest = _scaled(pc.subtract(size, whole))
    values = np.empty(len(column), NUMERIC)
    values["length"] = NUMERIC.itemsize - 4
    values["head"][:, 0], values["head"][:, 1], values["head"][:, 3] = 5, 2, places
    values["head"][:, 2] = np.where(
        pc.less(exact, 0).to_numpy(zero_copy_only=False), NEGATIVE, 0
    )
    parts = (
        wholes // 10**8,
        wholes // 10**4 % 10**4,
        wholes % 10**4,
        rest // 10**4,
        rest % 10**4,
    )
    for place, part in enumerate(parts):
        values["digits"][:, place] = part
    return [_or_null(values, column)]


def _scaled(exact: pa.Array) -> NDArray[np.int64]:
    """Decimals of eight places below 10¹⁰ as whole numbers of 10⁻⁸: the low halves of
    their 128 bits.
    """
    _valid, halves = exact.cast(EXACT).buffers()
    return np.frombuffer(halves, "<i8").reshape(-1, 2)[
        exact.offset : exact.offset + len(exact), 0
    ]


def _number(lengths: pa.Array) -> pa.Array:
    return _fixed(lengths.to_numpy(zero_copy_only=False).astype(">i4"))


def _fixed(values: NDArray[np.void]) -> pa.Array:
    """Values of one size as an array of bytes."""
    kind = pa.binary(values.dtype.itemsize)
    return pa.Array.from_buffers(
        kind, len(values), [None, pa.py_buffer(values.tobytes())]
    ).cast(pa.binary())


def _or_null(values: NDArray[np.void], column: pa.Array) -> pa.Array:
    fields = _fixed(values)
    return (
        fields
        if column.null_count == 0
        else pc.if_else(column.is_valid(), fields, pa.scalar(NULL, pa.binary()))
    )


_PIECES = {
    "jsonb": _jsonb,
    "bigint": _bigint,
    "timestamptz": _timestamptz,
    "uuid": _uuid,
    "numeric": _numeric,
}
