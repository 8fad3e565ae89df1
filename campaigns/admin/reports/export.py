"""Tables as files: CSV in UTF-8 with a mark that spreadsheets understand."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse

from .effects import effect_of

RESULT = (
    "metric",
    "kind",
    "role",
    "arm",
    "control",
    "n",
    "n_control",
    "mean",
    "mean_control",
    "difference",
    "low",
    "high",
    "p",
    "p_holm",
    "p_bh",
    "relative",
    "relative_low",
    "relative_high",
    "cuped_difference",
    "cuped_low",
    "cuped_high",
    "sequential_low",
    "sequential_high",
    "chance_to_beat",
    "expected_loss",
    "verdict",
    "sentence",
)
# a cell that starts so would be run as a formula
RISKY = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, rows: Iterable[Sequence[Any]]) -> HttpResponse:
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    csv.writer(answer).writerows([[_safe(cell) for cell in row] for row in rows])
    return answer


def result_rows(report: Mapping[str, Any]) -> list[list[Any]]:
    """Return a report's results, one line each, below their names."""
    results = effect_of(report).get("results") or ()
    return [
        list(RESULT),
        *([result.get(name) for name in RESULT] for result in results),
    ]


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell
