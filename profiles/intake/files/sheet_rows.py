"""Write the rows of a workbook as CSV: `python -m profiles.intake.files.sheet_rows IN OUT`.

Runs under bounds that `spreadsheet` sets. What it writes out is the end of a sentence about
the file; cells are what a formula last came to, never the formula.
"""

import csv
import os
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MOST_CELLS = 30_000_000


def main(source: str, target: str) -> int:
    # the reader of strangers' files is loaded where its memory is bounded
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(source) as book:
            sheet = _first_filled(book)
            if sheet is None:
                return _refused("is empty: its first row must name the columns")
            if sheet.total_height * max(sheet.width, 1) > MOST_CELLS:
                return _refused("holds more cells than can be read; save it as CSV")
            with os.fdopen(_private(target), "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows(
                    [_said(cell) for cell in row] for row in sheet.iter_rows()
                )
    except (CalamineError, OSError, ValueError):
        return _refused("is a damaged Excel file")
    except MemoryError:
        return _refused("holds more than can be read; save it as CSV")
    return 0


def _first_filled(book: Any) -> Any:
    """Return the first sheet with cells; hidden ones only where no other has any."""
    meta = sorted(
        book.sheets_metadata, key=lambda one: "Visible" not in str(one.visible)
    )
    for one in meta:
        if "WorkSheet" not in str(one.typ):
            continue
        sheet = book.get_sheet_by_name(one.name)
        if sheet.height and sheet.width:
            return sheet
    return None


def _said(cell: Any) -> str:
    """Return a cell as a program would write it into CSV."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return f"{cell:%Y-%m-%d}" if is_day else cell.isoformat(timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).replace("\0", "")


def _private(target: str) -> int:
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _refused(words: str) -> int:
    sys.stdout.write(words)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
