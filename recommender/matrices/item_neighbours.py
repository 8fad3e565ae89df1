"""Sparse item-to-item tables and the reasons they give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from recommender.engines.base import Long, Reason

CELLS = 8_000_000  # of a product held at once: bounds memory, not the answer


def strongest_product(
    left: sp.csr_array, right: sp.csr_array, k: int
) -> sp.csr_array:  # (n_items, n_items)
    """Compute left.T @ right without its diagonal and keep the k largest entries of
    each row.
    """
    rows = left.T.tocsr()
    block = max(CELLS // max(right.shape[1], 1), 64)
    parts = [
        keep_strongest(rows[start : start + block] @ right, k, start)
        for start in range(0, rows.shape[0], block)
    ]
    return (
        sp.vstack(parts, format="csr") if parts else sp.csr_array((0, right.shape[1]))
    )


def keep_strongest(table: sp.csr_array, k: int, first_row: int = 0) -> sp.csr_array:
    """Keep the k largest entries of each row, leaving out row r's own column first_row
    + r.
    """
    table = sp.csr_array(table)
    row_of = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    table.data[row_of + first_row == table.indices] = 0
    table.eliminate_zeros()
    keep = np.ones(table.nnz, bool)
    for start, end in long_rows(table, k):
        weakest = np.argpartition(-table.data[start:end], k)[k:]
        keep[start + weakest] = False
    table.data[~keep] = 0
    table.eliminate_zeros()
    return table


def long_rows(table: sp.csr_array, k: int) -> Iterator[tuple[int, int]]:
    """Give the borders of the rows with more than k entries."""
    for row in np.flatnonzero(np.diff(table.indptr) > k):
        yield int(table.indptr[row]), int(table.indptr[row + 1])


def scaled(
    table: sp.csr_array,
    rows: np.ndarray | None = None,
    columns: np.ndarray | None = None,
) -> sp.csr_array:
    """Multiply each row and each column by its factor."""
    out = sp.csr_array(table, copy=True)
    if rows is not None:
        out.data *= np.repeat(rows, np.diff(out.indptr)).astype(out.dtype)
    if columns is not None:
        out.data *= columns[out.indices].astype(out.dtype)
    return out


def strongest_links(
    weights: sp.csr_array, links: sp.csc_array, rows: Long, columns: Long, kind: str
) -> list[Reason | None]:
    """Name, for each (customer, item), the item of the history that adds most to its
    score.

    `weights` is customers × items as scored, `links` is items × items by column.
    """
    answers: list[Reason | None] = []
    for row, column in zip(rows, columns, strict=True):
        own = slice(weights.indptr[row], weights.indptr[row + 1])
        into = slice(links.indptr[column], links.indptr[column + 1])
        shared, mine, theirs = np.intersect1d(
            weights.indices[own],
            links.indices[into],
            assume_unique=True,
            return_indices=True,
        )
        adds = weights.data[own][mine] * links.data[into][theirs]
        top = int(adds.argmax()) if len(adds) else -1
        answers.append(
            Reason(kind, item=int(shared[top])) if top >= 0 and adds[top] > 0 else None
        )
    return answers
