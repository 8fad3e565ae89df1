"""Files that name customers or items: one column of ids."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from retention_site.lib.commands import BadInput

HEADERS = {"customer_id", "item_id", "id"}


def read_ids(path: Path | None) -> list[str] | None:
    """Read the ids of a CSV, CSV.gz or Parquet file; None without a file. Raise
    `BadInput` in one sentence.
    """
    if path is None:
        return None
    try:
        ids = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise BadInput(
            f"{path} can't be read: {getattr(error, 'strerror', None) or error}."
        ) from error
    if not ids:
        raise BadInput(f"{path} holds no ids.")
    return ids


def _csv(path: Path) -> list[str]:
    opens = gzip.open if path.suffix == ".gz" else open
    with opens(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    place = (
        next(
            (number for number, name in enumerate(rows[0]) if name.strip() in HEADERS),
            None,
        )
        if rows
        else None
    )
    body = rows if place is None else rows[1:]
    if place is None and rows and len(rows[0]) > 1:
        raise ValueError(
            "it has several columns and none is called customer_id, item_id or id"
        )
    return [
        row[place or 0].strip()
        for row in body
        if len(row) > (place or 0) and row[place or 0].strip()
    ]


def _parquet(path: Path) -> list[str]:
    # Parquet's reader: only who looks at files of ids pays
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    name = next(
        (name for name in table.column_names if name in HEADERS), table.column_names[0]
    )
    return [str(value) for value in table.column(name).to_pylist() if value is not None]
