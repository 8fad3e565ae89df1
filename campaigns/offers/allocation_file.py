"""Allocate offers from a file to a file: customer_id, then margin_v and cost_v for each
value v.
"""

# ruff: noqa: S608 - names are quoted

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from campaigns.offers.allocation import Allocation, Choices, Limits, allocate
from campaigns.offers.online_allocation import allocate_online
from retention_site.lib.sql_quoting import quoted_name
from retention_site.lib.table_file import FileError, TableFile, asked, opened

ID = "customer_id"
MARGIN, COST = "margin_", "cost_"
MOST_MONEY = 1e12


def allocate_file(
    path: Path,
    limits: Limits,
    out: Path,
    progress: Callable[[float], None],
    *,
    is_online: bool = False,
) -> dict[str, Any]:
    """Write who gets which value and return what all of them bring. Raise FileError.

    Online, customers are decided in the file's order, each without knowing the next.
    """
    began = time.perf_counter()
    _require_sane(limits)
    with opened(path) as file:
        values = _values(file)
        _load(file)
        _require_ids(file)
        choices, n_unreadable = _choices(file, values)
        progress(0.3)
        found = (allocate_online if is_online else allocate)(choices, limits)
        progress(0.8)
        _write(file, values, found, out)
    progress(1)
    return {
        "n": len(found.choice),
        "n_given": found.n_given,
        "spent": found.spent,
        "budget": limits.budget,
        "gain": found.gain,
        "bound": found.bound,
        "price_of_money": found.price_of_money,
        "price_of_coupon": found.price_of_coupon,
        "values": {
            value: int((found.choice == place).sum())
            for place, value in enumerate(values)
        },
        "problems": _problems(n_unreadable),
        "seconds": time.perf_counter() - began,
    }


def _problems(n_unreadable: int) -> list[str]:
    if not n_unreadable:
        return []
    return [f"Offers without a margin or a cost, given to nobody: {n_unreadable:,}."]


def _require_sane(limits: Limits) -> None:
    if not math.isfinite(limits.budget) or limits.budget < 0:
        raise FileError("--budget must be a number from 0.")
    if limits.budget > MOST_MONEY:
        raise FileError(f"--budget must be at most {MOST_MONEY:,.0f}.")
    if limits.most is not None and limits.most < 0:
        raise FileError("--max-coupons must be a number from 0.")
    if not math.isfinite(limits.floor):
        raise FileError("--floor must be a number.")


def _values(file: TableFile) -> list[str]:
    """Return the values that have both columns, in the order of the file."""
    if ID not in file.columns:
        raise FileError(
            f"{file.path} has no column '{ID}'; it has {', '.join(file.columns[:30])}."
        )
    margins = [name.removeprefix(MARGIN) for name in _named(file, MARGIN)]
    costs = {name.removeprefix(COST) for name in _named(file, COST)}
    for value in margins:
        if value not in costs:
            raise FileError(
                f"{file.path} has '{MARGIN}{value}' but no '{COST}{value}'."
            )
    if lonely := costs - set(margins):
        value = min(lonely)
        raise FileError(f"{file.path} has '{COST}{value}' but no '{MARGIN}{value}'.")
    if not margins:
        raise FileError(
            f"{file.path} offers nothing: each value v needs the columns"
            f" '{MARGIN}v' and '{COST}v'."
        )
    return margins


def _named(file: TableFile, prefix: str) -> list[str]:
    return [name for name in file.columns if name.startswith(prefix)]


def _load(file: TableFile) -> None:
    file.connection.execute("SET preserve_insertion_order = true")
    asked(
        file.connection,
        f"CREATE TABLE rows AS SELECT row_number() OVER () AS row_,"
        f" trim(CAST({quoted_name(ID)} AS VARCHAR)) AS id_,"
        f" * EXCLUDE ({quoted_name(ID)}) FROM {file.reader}",
        file.path,
    )
    if file.is_text:
        rejected = file.connection.execute(
            "SELECT min(line) FROM reject_errors"
        ).fetchall()[0][0]
        if rejected is not None:
            raise FileError(f"{file.path}, line {rejected} can't be read.")


def _require_ids(file: TableFile) -> None:
    """Refuse a customer without an id, or one who stands twice."""
    empty = file.connection.execute(
        "SELECT min(row_) FROM rows WHERE coalesce(id_, '') = ''"
    ).fetchall()[0][0]
    if empty is not None:
        raise FileError(f"Row {empty} of {file.path} has no {ID}.")
    twice = file.connection.execute(
        "SELECT id_, min(row_), max(row_) FROM rows GROUP BY id_ HAVING count(*) > 1"
        " ORDER BY 2 LIMIT 1"
    ).fetchall()
    for name, first, last in twice:
        raise FileError(f"Customer {name} stands in rows {first} and {last}.")


def _choices(file: TableFile, values: list[str]) -> tuple[Choices, int]:
    """Return margins and costs; a cell that holds no finite number is NaN."""
    margin, cost = (
        np.column_stack([_numbers(file, f"{prefix}{value}") for value in values])
        for prefix in (MARGIN, COST)
    )
    if (cost < 0).any():
        row, place = np.argwhere(cost < 0)[0]
        raise FileError(
            f"Row {row + 1} of {file.path}: cost_{values[place]} is below 0."
        )
    largest = max(
        np.abs(each[np.isfinite(each)]).max(initial=0.0) for each in (margin, cost)
    )
    if largest > MOST_MONEY:
        raise FileError(f"{file.path} holds a number beyond {MOST_MONEY:,.0f}.")
    return Choices(margin, cost), int((np.isnan(margin) | np.isnan(cost)).sum())


def _numbers(file: TableFile, column: str) -> np.ndarray:
    number = f"TRY_CAST({quoted_name(column)} AS DOUBLE)"
    sql = (
        f"SELECT CASE WHEN isfinite({number}) THEN {number} ELSE 'nan'::DOUBLE END"
        " AS value FROM rows ORDER BY row_"
    )
    return np.asarray(file.connection.execute(sql).fetchnumpy()["value"], dtype=float)


def _write(file: TableFile, values: list[str], found: Allocation, out: Path) -> None:
    """Write those who get something, in the order of the file."""
    ids = file.connection.execute("SELECT id_ FROM rows ORDER BY row_").fetchnumpy()
    rows = np.flatnonzero(found.choice >= 0)
    names = np.array(values, dtype=object)[found.choice[rows]]
    with out.open("w", newline="", encoding="utf-8") as opened_file:
        writer = csv.writer(opened_file)
        writer.writerow([ID, "value"])
        writer.writerows(zip(ids["id_"][rows], names, strict=True))
