"""Cells of a CSV column that a person or a spreadsheet wrote otherwise than programs
do, read by what the whole column shows so far.
"""

from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from profiles.intake.normalisation import ids
from profiles.intake.normalisation.amounts import Marks, plain_or_reason

from .cells import joined

OF_PROGRAMS = b"0123456789.+-eE"


class WrittenNumbers:
    """The columns of numbers of one file. Once a column holds commas, blanks or signs
    of currencies, all of its cells are read as people write them.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.marks: dict[str, Marks] = {}

    def read(
        self,
        name: str,
        column: pa.ChunkedArray,
        currencies: pa.ChunkedArray | None,
        *,
        is_money: bool,
    ) -> pa.ChunkedArray | None:
        """Return the numbers as programs write them, or why one can't be told; None
        where a program wrote the column.
        """
        if name not in self.marks and not _is_written(column):
            return None
        marks = self.marks.setdefault(name, Marks())
        encoded = pa.table(
            {"word": column, "currency": self._of(currencies, len(column))}
        )
        each = encoded.group_by(["word", "currency"]).aggregate([]).to_pylist()
        each = [one for one in each if one["word"] is not None]
        marks.see(one["word"] for one in each)
        read = {
            (one["word"], one["currency"]): plain_or_reason(
                one["word"], marks, one["currency"], is_money=is_money
            )
            for one in each
        }
        pairs = zip(
            *(encoded[name].to_pylist() for name in encoded.column_names), strict=True
        )
        return pa.chunked_array(
            [pa.array([read.get(pair) for pair in pairs], pa.string())]
        )

    def _of(
        self, currencies: pa.ChunkedArray | None, n: int
    ) -> pa.ChunkedArray | pa.Array:
        if currencies is None or not pa.types.is_string(currencies.type):
            return pa.repeat(self.currency, n)
        return pc.fill_null(pc.utf8_upper(currencies), self.currency)


class SpreadsheetIds:
    """The columns of ids of one file. Where every id ends in .0 a spreadsheet made
    numbers of them; where only some do, nobody knows which it spoiled.
    """

    def __init__(self) -> None:
        self.has_others: dict[str, bool] = defaultdict(bool)

    def without_points(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the ids without .0 where all of the file so far end in it."""
        if self.has_others[name] or not pa.types.is_string(column.type):
            return column
        if b".0" in joined(column):
            is_pointed = pc.match_substring_regex(column, f"^{ids.POINTED}$")
            if pc.all(is_pointed).as_py():
                return pc.replace_substring_regex(column, r"\.0+$", "")
        self.has_others[name] = column.null_count < len(column)
        return column


def _is_written(column: pa.ChunkedArray) -> bool:
    """Whether a cell holds what no program writes into a number, or two points."""
    data = joined(column)
    if data.translate(None, OF_PROGRAMS):
        return True
    return (pc.max(pc.count_substring(column, ".")).as_py() or 0) > 1
