"""Cells of a column as they came, made plain: one kind of text, one kind of number.
Pure.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from profiles.intake.normalisation import ids

ANY_MARK = r"^'\s*([^']*)$"
BLANK = "\u200b\ufeff"  # invisible, yet no white space in Unicode's words


def readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of Parquet in a type that DuckDB knows; text that was written
    down as bytes is text again.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return readable(column.cast(kind.value_type))
    if (
        pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_decimal256(kind)
    ):
        return column.cast(pa.string())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    return _text_of_bytes(column) if _is_bytes(kind) else column


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text without blanks around it, composed (NFC), nothing for empty; other
    cells stay as they are.
    """
    if not pa.types.is_string(column.type):
        return column
    if not joined(column).isascii():
        column = pc.utf8_trim(pc.utf8_normalize(column, "NFC"), BLANK)
    column = pc.utf8_trim_whitespace(column)
    return (
        pc.if_else(pc.equal(column, ""), None, column)
        if pc.any(pc.equal(column, "")).as_py()
        else column
    )


def unmarked(column: pa.ChunkedArray, *, is_id: bool) -> pa.ChunkedArray:
    """Return cells without the apostrophe by which a spreadsheet keeps a number a text.

    No id begins with one; elsewhere it is left out only where a number, a date or a
    postcode follows.
    """
    if (
        not pa.types.is_string(column.type)
        or b"'" not in joined(column)
        or not pc.any(pc.starts_with(column, "'")).as_py()
    ):
        return column
    pattern = ANY_MARK if is_id else rf"^{ids.MARKED.pattern}$"
    return pc.replace_substring_regex(column, pattern, r"\1")


def without_nobodies(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids of customers with nothing in the place of those that name nobody."""
    if not pa.types.is_string(column.type):
        return column
    words = pc.unique(column)
    suspects = words.filter(
        pc.match_substring_regex(words, ids.MAYBE_NOBODY)
    ).to_pylist()
    nobodies = [word for word in suspects if word is not None and ids.is_nobody(word)]
    if not nobodies:
        return column
    is_nobody = pc.is_in(column, pa.array(nobodies, pa.string()))
    return pc.if_else(is_nobody, pa.scalar(None, pa.string()), column)


def levels(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return lists of words as text, joined by >."""
    kind = column.type
    if not (pa.types.is_list(kind) and pa.types.is_string(kind.value_type)):
        return column
    return pc.binary_join(column, " > ")


def as_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers as text; whole ones lose the point that a column with empty cells
    gave them.
    """
    column = pc.if_else(pc.is_finite(column), column, None).cast(pa.float64())
    is_whole = pc.and_(
        pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53)
    )
    whole = pc.if_else(is_whole, column, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(whole, column.cast(pa.string()))


def joined(texts: pa.ChunkedArray) -> bytes:
    """Return the texts of a column, one after the other: to look for a letter in all of
    them at once costs a tenth of looking into each.
    """
    return b"".join(map(joined_chunk, texts.chunks))


def joined_chunk(texts: pa.Array) -> bytes:
    """Return the texts of an array, one after the other."""
    _valid, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)[texts.offset :]
    return bytes(memoryview(data)[ends[0] : ends[len(texts)]])


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_fixed_size_binary,
        pa.types.is_binary_view,
    )
    return any(test(kind) for test in tests)


def _text_of_bytes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return column
