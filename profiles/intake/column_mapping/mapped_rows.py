"""Rows of a file under our names for its columns, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from profiles.intake.files.reading import read
from profiles.intake.files.source import LINE, NAMELESS, Batch, Source

from .spec import BadMapping, Carried, ColumnMapping, LeftOut


class MappedRows:
    """One file under a mapping. ``header`` are the columns that come out; ``n_left_out``
    counts the rows that a rule of the mapping left out so far.
    """

    def __init__(self, source: Source, mapping: ColumnMapping) -> None:
        self.source, self.mapping = source, mapping
        self.n_left_out = 0
        self.above: dict[str, Any] = {}  # the last row that was read
        _check(source, mapping)
        self.kept = self._kept()
        self.header = (*mapping.columns, *mapping.fixed, *self.kept.values())

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in the order of the file; what can't be read stays as it came."""
        for batch in read(self.source):
            yield Batch(self._mapped(batch.rows), batch.refused, batch.share)

    def _mapped(self, rows: pa.Table) -> pa.Table:
        if self.mapping.carry and rows.num_rows:
            rows = self._carried(rows, self.mapping.carry)
        rows = self._without_left_out(rows)
        columns = {
            name: self._cells(rows, name, file)
            for name, file in self.mapping.columns.items()
        }
        columns |= {
            name: pa.repeat(pa.scalar(value), rows.num_rows)
            for name, value in self.mapping.fixed.items()
        }
        columns |= {ours: rows[name] for name, ours in self.kept.items()}
        return pa.table([*columns.values(), rows[LINE]], names=[*columns, LINE])

    def _cells(self, rows: pa.Table, name: str, file: Sequence[str]) -> pa.ChunkedArray:
        """Return what stands under the first column of the file that is filled."""
        columns = [rows[one] for one in file]
        if len(columns) > 1:
            # blanks count as nothing, or a column of spaces would hide the one that is
            # filled
            columns = [pc.coalesce(*(_filled(column) for column in columns))]
        words = self.mapping.values.get(name)
        return _in_other_words(columns[0], words) if words else columns[0]

    def _kept(self) -> dict[str, str]:
        """Return the columns that are kept as attributes; one whose name is ours already gets
        a mark behind it.
        """
        mapped = self.mapping.read_columns
        names = self.mapping.keep
        if names is None:
            names = tuple(one for one in self.source.header if one not in mapped)
        ours = {*self.mapping.columns, *self.mapping.fixed}
        return {
            one: f"{one} (file)" if one in ours else one
            for one in names
            if not one.startswith(NAMELESS)
        }

    def _without_left_out(self, rows: pa.Table) -> pa.Table:
        for rule in self.mapping.leave_out:
            stays = pc.invert(_matches(rows[rule.column], rule))
            kept = rows.filter(stays)
            self.n_left_out += rows.num_rows - kept.num_rows
            rows = kept
        return rows

    def _carried(self, rows: pa.Table, carry: Carried) -> pa.Table:
        """Fill cells from the row above where that is of the same thing, across batches
        too.
        """
        # the row above may be the last of the batch before: an order's lines know no
        # batches
        keys = [self.above.get(carry.by), *_text(rows[carry.by]).to_pylist()]
        is_same = [one is not None and one == other for one, other in pairwise(keys)]
        for name in carry.columns:
            cells = [self.above.get(name), *_filled(rows[name]).to_pylist()]
            for n, same in enumerate(is_same, start=1):
                # only an empty cell: what a line says itself is never written over
                if same and cells[n] is None:
                    cells[n] = cells[n - 1]
            self.above[name] = cells[-1]
            at = rows.schema.get_field_index(name)
            filled = pa.chunked_array([pa.array(cells[1:], pa.string())])
            rows = rows.set_column(at, name, filled)
        self.above[carry.by] = keys[-1]
        return rows


def _check(source: Source, mapping: ColumnMapping) -> None:
    """Refuse a mapping that names columns which the file lacks."""
    rules = [one.column for one in mapping.leave_out]
    carried = [mapping.carry.by, *mapping.carry.columns] if mapping.carry else []
    named = [*mapping.read_columns, *(mapping.keep or ()), *rules, *carried]
    if missing := sorted(set(named) - set(source.header)):
        raise BadMapping(
            f"{source.path.name} has no column {missing[0]!r}, which the mapping names."
        )


def _matches(column: pa.ChunkedArray, rule: LeftOut) -> pa.ChunkedArray:
    filled = _filled(column)
    if not rule.values:
        return filled.is_valid()
    words = pa.array([one.strip().lower() for one in rule.values], pa.string())
    return pc.is_in(pc.utf8_lower(filled), words)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return cells as text, nothing for those that hold blanks alone."""
    text = pc.utf8_trim_whitespace(_text(column))
    return pc.if_else(pc.equal(text, ""), None, text)


def _in_other_words(column: pa.ChunkedArray, words: Any) -> pa.ChunkedArray:
    """Return cells with other words for those that are named, whatever their capitals."""
    said = _filled(column)
    lower = pc.utf8_lower(said)
    for old, new in words.items():
        is_it = pc.fill_null(pc.equal(lower, old.strip().lower()), False)
        said = pc.if_else(is_it, new or None, said)
    return said
