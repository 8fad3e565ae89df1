"""Cut a CSV file into batches and keep count of its lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from .source import LINE, Batch, Refused, Source, unpacked
from .torn import Above

BLOCK_BYTES = 16 << 20  # a row may be as long as this
WRONG_WIDTH = "wrong number of columns"
NOT_UTF8 = "not UTF-8"
NEVER_CLOSED = "a quote that is never closed"


@dataclass
class CsvRows:
    """Rows are numbered as they come, the header being 1; line breaks inside quotes
    move later rows further down.
    """

    source: Source
    row: int = field(init=False)  # number of the next row
    n_breaks: int = 0  # line breaks inside quotes so far
    # rows that the parser refused: number, text
    noted: list[tuple[int, str]] = field(default_factory=list)
    n_before: int = 0  # rows above those that the parser counts

    def __post_init__(self) -> None:
        self.row = self.source.header_lines + 1

    def batches(self) -> Iterator[Batch]:
        if not self.source.has_rows:
            return
        with unpacked(self.source.path) as file:
            if (torn := self.source.torn) is None:
                yield from self._stretch(file, file, self.source.header_lines)
                return
            yield from self._stretch(
                Above(file, torn.start), file, self.source.header_lines
            )
            text = (
                file.read(torn.end - torn.start).decode(errors="replace").rstrip("\r\n")
            )
            yield self._nothing([Refused(torn.line, "", NEVER_CLOSED, {"line": text})])
            if torn.end < self.source.n_bytes:
                self.n_before = torn.line - self.n_breaks
                self.row = self.n_before + 1
                yield from self._stretch(file, file, 0)

    def _stretch(
        self, rows: IO[bytes] | Above, file: IO[bytes], n_skipped: int
    ) -> Iterator[Batch]:
        """Rows that stand together in the file."""
        for batch in self._reader(rows, n_skipped):
            yield self._batch(batch, min(file.tell() / self.source.n_bytes, 1.0))
        if self.noted:
            lines = np.array([], dtype=np.int64)
            yield self._nothing(self._refused(lines, lines))

    def _nothing(self, refused: list[Refused]) -> Batch:
        """A batch without a good row."""
        return Batch(
            self._table([], np.array([], dtype=np.int64)).slice(0, 0), refused, 1.0
        )

    def _reader(
        self, file: IO[bytes] | Above, n_skipped: int
    ) -> pa.csv.CSVStreamingReader:
        names = [str(n) for n in range(len(self.source.header))]
        return pa.csv.open_csv(
            file,
            pa.csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK_BYTES,
                column_names=names,
                skip_rows=n_skipped,
            ),
            pa.csv.ParseOptions(
                delimiter=self.source.delimiter,
                newlines_in_values=self.source.has_quotes,
                ignore_empty_lines=False,
                invalid_row_handler=self._note,
            ),
            # as bytes: one cell that is no UTF-8 would otherwise refuse the whole block
            pa.csv.ConvertOptions(column_types={name: pa.binary() for name in names}),
        )

    def _note(self, row: pa.csv.InvalidRow) -> str:
        self.noted.append((self.n_before + row.number, row.text))
        return "skip"

    def _batch(self, batch: pa.RecordBatch, share: float) -> Batch:
        numbers = self._numbers(batch.num_rows)
        lines = numbers + self._breaks(batch, numbers)
        refused = self._refused(numbers, lines)
        columns, bad = _decoded(batch)
        refused += [
            Refused(
                int(lines[n]), self.source.header[at], NOT_UTF8, self._raw(batch, n)
            )
            for n, at in bad.items()
        ]
        is_kept = _is_filled(batch)
        is_kept[list(bad)] = False
        rows = self._table(columns, lines)
        return Batch(
            rows if is_kept.all() else rows.filter(pa.array(is_kept)), refused, share
        )

    def _numbers(self, n: int) -> np.ndarray:
        """Numbers of the next ``n`` good rows: refused ones lie between them."""
        bad = np.array([number for number, _text in self.noted], dtype=np.int64)
        # the parser counts refused rows, too, and hands over good ones only: their
        # numbers are what is left
        every = np.arange(self.row, self.row + n + len(bad))
        numbers = np.setdiff1d(every, bad, assume_unique=True)[:n]
        self.row = int(numbers[-1]) + 1 if n else self.row
        return numbers

    def _breaks(self, batch: pa.RecordBatch, numbers: np.ndarray) -> np.ndarray:
        """How many line breaks inside quotes stand before each row."""
        each = np.zeros(len(numbers), dtype=np.int64)
        if not self.source.has_quotes:
            return each
        for column in batch.columns:
            each += pc.count_substring(column, b"\n").to_numpy(zero_copy_only=False)
        before = self.n_breaks + np.cumsum(each) - each
        for number, text in self.noted:
            before[numbers > number] += text.count("\n")
        self.n_breaks += int(each.sum()) + sum(
            text.count("\n") for _number, text in self.noted
        )
        return before

    def _refused(self, numbers: np.ndarray, lines: np.ndarray) -> list[Refused]:
        """The noted rows with their lines, which follow from those of the rows around
        them.
        """
        noted, self.noted = self.noted, []
        refused = []
        for number, text in noted:
            at = int(np.searchsorted(numbers, number))
            n_breaks = (
                int(lines[at] - numbers[at])
                if at < len(numbers)
                else self.n_breaks - text.count("\n")
            )
            refused.append(Refused(number + n_breaks, "", WRONG_WIDTH, {"line": text}))
        return refused

    def _table(self, columns: list[pa.Array], lines: np.ndarray) -> pa.Table:
        columns = columns or [pa.array([], pa.string())] * len(self.source.header)
        return pa.table(
            [*columns, pa.array(lines, pa.int64())], names=[*self.source.header, LINE]
        )

    def _raw(self, batch: pa.RecordBatch, n: int) -> dict[str, str]:
        cells = zip(self.source.header, batch.columns, strict=True)
        return {
            name: column[n].as_py().decode(errors="replace") for name, column in cells
        }


def _decoded(batch: pa.RecordBatch) -> tuple[list[pa.Array], dict[int, int]]:
    """Return the columns as text, and which rows are no UTF-8, with the number of the
    column that says so.
    """
    columns: list[pa.Array] = []
    bad: dict[int, int] = {}
    for at, column in enumerate(batch.columns):
        try:
            columns.append(column.cast(pa.string()))
        except pa.ArrowInvalid:
            cells = [_text(cell) for cell in column.to_pylist()]
            bad |= {n: at for n, cell in enumerate(cells) if cell is None}
            columns.append(pa.array(cells, pa.string()))
    return columns, bad


def _text(cell: bytes) -> str | None:
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return None


def _is_filled(batch: pa.RecordBatch) -> np.ndarray:
    """Which rows hold anything at all: a blank line is no row."""
    longest = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        longest = np.maximum(
            longest, pc.binary_length(column).to_numpy(zero_copy_only=False)
        )
    return longest > 0
