"""What sets a customer's taste apart, in the words of the shop's own categories; handed
to the portraits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from profiles.history import Tables
from profiles.portraits.store import write_traits

from .item_space import Floats, Places, centred

TRAIT = "interests"
NAMED = 3  # categories
LEAST_SEEN = 3  # things viewed, searched, bought or written
LEAST_ITEMS = 3  # in a category
LEAST_COSINE = 0.1
ROWS_AT_ONCE = 20_000

CATEGORIES = (
    "SELECT item_id, trim(string_split(category, '>')[-1]) AS leaf FROM items WHERE"
    " coalesce(category, '') <> ''"
)


def write(tables: Tables, found: Places, n_seen: npt.NDArray[np.int64]) -> int:
    """Store up to three interests of each customer, most telling first; return how many
    customers have some.
    """
    names, centres = _categories(tables, found)
    if not names or not len(found.customers):
        return write_traits(TRAIT, (), tables.as_of)
    return write_traits(TRAIT, _named(found, names, centres, n_seen), tables.as_of)


def _named(
    found: Places, names: list[str], centres: Floats, n_seen: npt.NDArray[np.int64]
) -> Iterator[tuple[int, list[str], int]]:
    """Compare each customer with the categories, after taking off what all customers
    have in common.
    """
    usual = np.asarray(found.tastes[: 100 * ROWS_AT_ONCE], np.float32).mean(0)
    for start in range(0, len(found.customers), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        # (n, n_categories)  # noqa: ERA001
        cosines = centred(found.tastes[some].astype(np.float32), usual) @ centres.T
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :NAMED]
        for row, key in enumerate(found.customers[some].tolist()):
            told = [names[at] for at in order[row] if cosines[row, at] >= LEAST_COSINE]
            if told and n_seen[start + row] >= LEAST_SEEN:
                yield key, told, int(n_seen[start + row])


def _categories(tables: Tables, found: Places) -> tuple[list[str], Floats]:
    """Average the items of each category that has a few."""
    rows = tables.run(CATEGORIES)
    leaf_of = dict(
        zip(
            rows.column("item_id").to_pylist(),
            rows.column("leaf").to_pylist(),
            strict=True,
        )
    )
    leaves = np.array([leaf_of.get(item, "") for item in found.ids])
    names, code, n = np.unique(leaves, return_inverse=True, return_counts=True)
    sums = np.zeros((len(names), found.items.shape[1]), np.float32)
    np.add.at(sums, code, found.items)
    kept = np.flatnonzero((n >= LEAST_ITEMS) & (names != ""))
    return [str(names[at]) for at in kept], centred(
        sums[kept], np.zeros(sums.shape[1], np.float32)
    )
