"""Read a file's rows in batches, with the line that each row stands on."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from .csv_rows import CsvRows
from .source import LINE, Batch, Source
from .unreadable import UnreadableFile

BATCH_ROWS = 150_000


def read(source: Source) -> Iterator[Batch]:
    """Yield the rows in the order of the file; raise `UnreadableFile` where it cannot
    be read on.
    """
    try:
        yield from _parquet(source) if source.is_parquet else CsvRows(source).batches()
    except pa.ArrowInvalid as error:
        raise UnreadableFile(
            f"{source.path.name} can't be read: {error}".splitlines()[0]
        ) from error


def _parquet(source: Source) -> Iterator[Batch]:
    with pa.parquet.ParquetFile(source.path) as file:
        n_all, n = file.metadata.num_rows, 0
        for batch in file.iter_batches(BATCH_ROWS):
            rows = pa.Table.from_batches([batch]).rename_columns(list(source.header))
            lines = np.arange(n + 1, n + 1 + rows.num_rows)
            n += rows.num_rows
            yield Batch(rows.append_column(LINE, pa.array(lines)), [], n / n_all)
