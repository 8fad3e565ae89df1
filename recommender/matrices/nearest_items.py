"""The nearest items of many customers by inner product, exactly, in little memory."""

from __future__ import annotations

import numpy as np

from recommender.engines.base import Floats, Long

BLOCK_ROWS, BLOCK_COLUMNS = 1_024, 4_096  # queries and items compared at once: 16 MiB


def top_k(queries: Floats, items: Floats, k: int) -> tuple[Long, Floats]:
    """Give for each query the columns and inner products of its k nearest items, best first.

    Exact: every pair is compared, a block at a time. In a block only what beats the query's k-th best so far is looked
    at again, which soon is next to nothing.
    """  # (n_queries, k) twice
    k = min(k, len(items))
    columns = np.empty((len(queries), k), np.int64)
    values = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        columns[rows], values[rows] = _of_block(
            np.ascontiguousarray(queries[rows]), items, k
        )
    return columns, values


def _of_block(queries: Floats, items: Floats, k: int) -> tuple[Long, Floats]:
    values = np.full((len(queries), k), -np.inf, np.float32)
    columns = np.zeros((len(queries), k), np.int64)
    for start in range(0, len(items), BLOCK_COLUMNS):
        products = queries @ items[start : start + BLOCK_COLUMNS].T
        if start == 0:
            top = (
                np.argpartition(products, -k, axis=1)[:, -k:]
                if products.shape[1] > k
                else _all(products)
            )
            found = np.take_along_axis(products, top, 1)
            values[:, : found.shape[1]], columns[:, : top.shape[1]] = found, top
            continue
        # most blocks end here for most queries: only these pairs are sorted at all
        rows, places = np.nonzero(products > values.min(1, keepdims=True))
        if len(rows):
            _merge(values, columns, rows, start + places, products[rows, places])
    # stable: of equal products the smaller column comes first, on every machine
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(columns, order, 1), np.take_along_axis(values, order, 1)


def _merge(
    values: Floats, columns: Long, rows: Long, new: Long, products: Floats
) -> None:
    """Put the new candidates of some rows among their k best, in place; `rows` ascends."""
    used, first, n_new = np.unique(rows, return_index=True, return_counts=True)
    k, width = values.shape[1], int(n_new.max())
    # each query has another number of candidates: they are laid out padded with -inf
    place = np.arange(len(rows)) - np.repeat(first, n_new)
    which = np.repeat(np.arange(len(used)), n_new)
    padded = np.full((len(used), width), -np.inf, np.float32)
    names = np.zeros((len(used), width), np.int64)
    padded[which, place], names[which, place] = products, new
    both, both_names = (
        np.concatenate([values[used], padded], 1),
        np.concatenate([columns[used], names], 1),
    )
    top = np.argpartition(both, -k, axis=1)[:, -k:]
    values[used], columns[used] = (
        np.take_along_axis(both, top, 1),
        np.take_along_axis(both_names, top, 1),
    )


def _all(products: Floats) -> Long:
    return np.broadcast_to(np.arange(products.shape[1]), products.shape)
