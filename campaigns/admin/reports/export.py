"""The results of a report as a table, to be kept as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.admin.reports.effect_charts import effect_of

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


def result_rows(report: Mapping[str, Any]) -> list[list[Any]]:
    """Return a report's results, one line each, below their names."""
    results = effect_of(report).get("results") or ()
    return [
        list(RESULT),
        *([result.get(name) for name in RESULT] for result in results),
    ]
