"""Titles of The Complete Journey's products by the bundled model: one at a time, and as Rapport encodes them.

Both run on one thread in one process, and CPU time is what is compared, so that a busy machine changes little. The
floor is what the model's multiplications cost at the rate of a plain matrix product measured in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import django

from benchmarks.figures import Figure

N_TITLES, N_ALONE = 1_500, 200
SIDE, ROUNDS = 768, 5


def measure() -> Iterator[Figure]:
    django.setup()
    import numpy as np
    import torch

    from recommender.encoders.choosing import named

    torch.set_num_threads(1)
    encoder = named("")
    titles = _titles()
    encoder.encode(titles[:32])  # load everything before the clock starts
    alone, slow = _timed(lambda: np.stack([encoder.encode([text])[0] for text in titles[:N_ALONE]]))
    together, fast = _timed(lambda: encoder.encode(titles))
    one, each = slow / N_ALONE, fast / len(titles)
    yield Figure("a title, one at a time", round(1000 * one, 2), "CPU ms")
    yield Figure("a title, in batches", round(1000 * each, 2), "CPU ms", round(1000 * one, 2), "one at a time")
    yield Figure("times as fast as one at a time", round(one / each, 2), "")
    yield Figure("least cosine of both", round(float((alone * together[:N_ALONE]).sum(1).min()), 6), "")
    floor = _floor(encoder, titles)
    yield Figure("a title, over the floor of the machine", round(each / floor, 2), "")


def _titles() -> list[str]:
    from benchmarks.shops.real import complete_journey

    unique = sorted(set(complete_journey(least=1).texts))
    return unique[:: max(len(unique) // N_TITLES, 1)][:N_TITLES]


def _floor(encoder: object, titles: list[str]) -> float:
    """CPU seconds that the multiplications for one title take at the best rate of a matrix product."""
    import json

    import torch

    config = json.loads((encoder.folder / "config.json").read_text())  # type: ignore[attr-defined]
    h, f, n_layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    lengths = [len(ids) for ids in encoder._pieces(titles, with_frame=True)]  # type: ignore[attr-defined]
    flops = sum(n * n_layers * (2 * (4 * h * h + 2 * h * f) + 4 * n * h) for n in lengths) / len(lengths)
    square = torch.randn(SIDE, SIDE)
    best = min(_timed(lambda: [square @ square for _ in range(10)])[1] for _ in range(ROUNDS)) / 10
    return flops / (2 * SIDE**3 / best)


def _timed(work: Callable[[], object]) -> tuple:
    began = time.process_time()
    return work(), time.process_time() - began
