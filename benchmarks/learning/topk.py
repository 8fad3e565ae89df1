"""The 20 nearest of 20,000 items for each of 100,000 customers, 384 numbers each,
exactly.

Generated vectors: for speed only. The baseline is the plain way, all products of a
block sorted by partition; a sample of customers is compared with it place by place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import django
import numpy as np

from benchmarks.figures import Figure
from recommender.matrices.nearest_items import top_k

N_CUSTOMERS, N_ITEMS, N_NUMBERS, K = 100_000, 20_000, 384, 20
N_SAMPLE = 5_000


def measure() -> Iterator[Figure]:
    django.setup()
    from profiles.jobs.heartbeat import forget_peak, peak_mib

    rng = np.random.default_rng(0)
    customers, items = (
        _unit(rng.standard_normal((n, N_NUMBERS), np.float32))
        for n in (N_CUSTOMERS, N_ITEMS)
    )
    forget_peak()  # making the vectors took more memory than they do
    before = peak_mib()
    (columns, _values), seconds = _timed(lambda: top_k(customers, items, K))
    grown = peak_mib() - before
    expected, sample = _timed(lambda: _plain(customers[:N_SAMPLE], items))
    plain = round(sample * N_CUSTOMERS / N_SAMPLE, 1)
    yield Figure(
        "top 20 of 20,000 for 100,000",
        round(seconds, 1),
        "CPU s",
        plain,
        "plain, from a sample",
    )
    yield Figure("memory over the vectors", round(grown, 1), "MiB")
    same = float((np.sort(columns[:N_SAMPLE], 1) == np.sort(expected, 1)).mean())
    yield Figure("places that agree with the plain way", round(same, 6), "")


def _plain(customers: np.ndarray, items: np.ndarray) -> np.ndarray:
    parts = []
    for start in range(0, len(customers), 500):
        products = customers[start : start + 500] @ items.T
        parts.append(np.argpartition(-products, K, axis=1)[:, :K])
    return np.concatenate(parts)


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _timed(work: Callable[[], object]) -> tuple:
    began = time.process_time()
    return work(), time.process_time() - began
