"""What importing a file would come to: read and cleaned whole, compared with what is
there, and nothing stored.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from .column_mapping.spec import ColumnMapping
from .files.quarantine import Quarantine
from .imports import FileRows, Progress

EXAMPLES = 3  # bad rows of a reason
MOST_REASONS = 20
MOST_CHARACTERS = 80  # of a cell that is shown


def preview(
    kind: str,
    path: Path | str,
    source: str = "",
    time_zone: str | None = None,
    *,
    latest: datetime | None = None,
    mapping: ColumnMapping | None = None,
    progress: Progress = lambda _share: None,
) -> dict[str, Any]:
    """Count what `imports.load` would store, update, find again, leave out and refuse,
    each with examples. Raise what it raises.
    """
    started = time.monotonic()
    rows = FileRows(kind, path, source, time_zone, latest=latest, mapping=mapping)
    with closing(rows.good(progress)) as batches:
        foreseen = rows.plugin.foresee(batches, rows.name)
    bad = rows.quarantine
    known = foreseen.new + foreseen.updated + bad.n + rows.n_left_out
    return {
        "kind": kind,
        "source": rows.name,
        "read": rows.n_read,
        "new": foreseen.new,
        "updated": foreseen.updated,
        "duplicates": max(rows.n_read - known, 0),
        "left_out": rows.n_left_out,
        "new_customers": foreseen.new_customers,
        "refused": bad.n,
        "reasons": _reasons(bad, bad.parts),
        "warnings": _reasons(bad, bad.lost),
        "did_you_mean": rows.meant,
        "new_rows": [_cut(row) for row in foreseen.new_rows],
        "changes": asdict(foreseen)["changes"],
        "seconds": round(time.monotonic() - started, 3),
    }


def _reasons(quarantine: Quarantine, parts: list[pa.Table]) -> list[dict[str, Any]]:
    """Return each column and reason with how many rows and a few of them, the most
    frequent first.
    """
    counted: dict[tuple[str, str], int] = defaultdict(int)
    shown: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for part in parts:
        groups = part.group_by(["column", "reason"]).aggregate([([], "count_all")])
        for one in groups.to_pylist():
            counted[one["column"], one["reason"]] += one["count_all"]
        for one in part.slice(0, MOST_REASONS * EXAMPLES * 10).to_pylist():
            examples = shown[one["column"], one["reason"]]
            if len(examples) < EXAMPLES:
                examples.append(_example(one))
    most = sorted(counted.items(), key=lambda one: -one[1])[:MOST_REASONS]
    return [
        {"column": column, "reason": reason, "n": n, "examples": shown[column, reason]}
        for (column, reason), n in most
    ]


def _example(one: dict[str, Any]) -> dict[str, Any]:
    row = json.loads(one["row"])
    value = row.get(one["column"], "") if one["column"] else row.get("line", "")
    return {
        "line": one["line"],
        "value": str(value or "")[:MOST_CHARACTERS],
        "row": _cut(row),
    }


def _cut(row: Any) -> dict[str, str]:
    """Return the cells that hold something, long ones cut."""
    return {
        str(name): str(cell)[:MOST_CHARACTERS]
        for name, cell in row.items()
        if cell not in (None, "")
    }
