"""`manage.py effect` on 10,000,000 made-up rows, 6 metrics and a covariate, as its own
process.

Against: DuckDB reading the same file once for means and variances by arm, which is the
least that any tool must do.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.figures import Figure

N_ROWS = 10_000_000
METRICS = ["bought", "revenue", "orders", "views", "margin", "items"]
MADE = f"""
    SELECT i AS id, if(hash(i) % 2 = 0, 'control', 'message') AS arm, (random() < .05)::INT AS bought,
        round(if(random() < .05, random() * 100, 0), 2) AS revenue, (random() * 5)::INT AS orders,
        (random() * 30)::INT AS views, round(random() * 9, 2) AS margin, (random() * 9)::INT AS items,
        round(random() * 100, 2) AS before
    FROM range({N_ROWS}) made(i)
"""


def measure() -> Iterator[Figure]:
    """Time each kind of file, without and with a unit column."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("parquet", "csv"):
            path = Path(folder) / f"experiment.{suffix}"
            duckdb.sql(f"COPY ({MADE}) TO '{path}'")
            floor = _floor(path)
            yield Figure(
                f"effect, {suffix}, each row a unit",
                _effect(path),
                "s",
                floor,
                "s for means",
            )
            yield Figure(
                f"effect, {suffix}, --unit",
                _effect(path, "--unit", "id"),
                "s",
                floor,
                "s for means",
            )
            path.unlink()


def _effect(path: Path, *more: str) -> float:
    asked = [part for metric in METRICS for part in ("--metric", metric)]
    command = [
        sys.executable,
        "manage.py",
        "effect",
        str(path),
        "--arm",
        "arm",
        "--control",
        "control",
        *asked,
        *more,
    ]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--covariate", "before", "--json"], check=True, capture_output=True
    )
    return time.perf_counter() - began


def _floor(path: Path) -> float:
    asked = ", ".join(f"avg({metric}), var_samp({metric})" for metric in METRICS)
    began = time.perf_counter()
    duckdb.sql(f"SELECT arm, {asked} FROM '{path}' GROUP BY arm").fetchall()
    return time.perf_counter() - began
