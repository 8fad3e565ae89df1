"""Tables as files: CSV in UTF-8 with a mark that spreadsheets understand, and no cell
that is run as a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

# A cell that starts so would be run as a formula, in full-width form too: East Asian
# spreadsheets read both.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
RISKY_PATTERN = r"^[ \x{3000}\x{A0}]*[=+\-@\t\r\n＝＋－＠]"


def as_csv(name: str, rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """Answer with a table as a file to keep."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    csv.writer(answer).writerows([safe_row(row) for row in rows])
    return answer


def safe_row(row: Iterable[Any]) -> Sequence[Any]:
    """Return a row no cell of which is a formula."""
    return [safe(cell) for cell in row]


def safe(cell: Any) -> Any:
    """Return a cell as text that no spreadsheet runs: blanks before a formula don't
    hide it.
    """
    return (
        f"'{cell}"
        if isinstance(cell, str) and cell.lstrip(" \u3000\u00a0").startswith(RISKY)
        else cell
    )
