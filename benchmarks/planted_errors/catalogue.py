"""Real products to speak of: titles with prices from a shop's own file."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from statistics import median

import duckdb


def read(file: Path, title: str, price: str, n: int) -> list[tuple[str, Decimal]]:
    """Return up to ``n`` titles with their median price, from CSV or Parquet."""
    source = "read_parquet(?)" if file.suffix == ".parquet" else "read_csv_auto(?)"
    rows = duckdb.sql(f'SELECT "{title}", "{price}" FROM {source}', params=[str(file)])
    prices: dict[str, list[float]] = defaultdict(list)
    for name, cost in rows.fetchall():
        if name and cost and cost > 0.5:
            prices[" ".join(str(name).split())].append(float(cost))
    kept = sorted(
        (name, Decimal(f"{median(costs):.2f}"))
        for name, costs in prices.items()
        if len(costs) > 20 and len(name.split()) > 2 and name.isupper()
    )
    step = max(1, len(kept) // n)
    return kept[::step][:n]
