"""Titles of The Complete Journey's products by the models that come along: one at a
time, and as Rapport encodes them.

The baseline is the plain way: torch, one text after the other, no padding. All run on
one thread in one process, and CPU time is what is compared, so that a busy machine
changes little. The floor is what the model's multiplications cost in floats at the best
rate of a plain matrix product, measured in the same run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from recommender.encoders.transformer import Transformer

N_TITLES, N_ALONE = 1_500, 150
SIDE, ROUNDS = 768, 5


def measure() -> Iterator[Figure]:
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    django.setup()
    import torch

    from recommender.encoders.selection import ENGLISH, MULTILINGUAL, named
    from recommender.vectors.encoding import models

    torch.set_num_threads(1)
    titles, rate = _titles(), _best_rate()
    for name in (ENGLISH, MULTILINGUAL):
        yield from _model(named(name, models()), models(), titles, rate)


def _model(
    slow: Transformer, home: Path, titles: list[str], rate: float
) -> Iterator[Figure]:
    import numpy as np

    from recommender.encoders.fast import fast

    (quick, _how), made = _timed(lambda: fast(slow, home))
    quick.encode(titles[:32])  # load everything before the clock starts
    slow.encode(titles[:2])
    alone, plain = _timed(
        lambda: np.stack([_plain(slow, text) for text in titles[:N_ALONE]])
    )
    together, seconds = _timed(lambda: quick.encode(titles))
    one, each = plain / N_ALONE, seconds / len(titles)
    cosines = (alone * together[:N_ALONE]).sum(1)
    yield Figure(f"{slow.name}: exported and checked, once", round(made, 2), "CPU s")
    yield Figure(
        f"{slow.name}: a title",
        round(1000 * each, 3),
        "CPU ms",
        round(1000 * one, 3),
        "one at a time",
    )
    yield Figure(
        f"{slow.name}: times as fast as one at a time",
        round(one / each, 2),
        "",
        6.5,
        "wanted",
    )
    yield Figure(
        f"{slow.name}: least cosine of both",
        round(float(cosines.min()), 4),
        "",
        0.99,
        "wanted",
    )
    floor = _flops(slow, titles) / rate
    yield Figure(
        f"{slow.name}: a title, over the floor in floats",
        round(each / floor, 2),
        "",
        1.3,
        "wanted at most",
    )


def _plain(slow: Transformer, text: str) -> Any:
    """Encode one text the way the model's own instructions say."""
    import torch

    ids = torch.tensor(slow.tokens.ids([text]))
    with torch.inference_mode():
        states = slow._model(
            input_ids=ids, attention_mask=torch.ones_like(ids)
        ).last_hidden_state
        return torch.nn.functional.normalize(states.mean(1), dim=1)[0].numpy()


def _titles() -> list[str]:
    from benchmarks.shops.real import complete_journey

    unique = sorted(set(complete_journey(least=1).texts))
    return unique[:: max(len(unique) // N_TITLES, 1)][:N_TITLES]


def _flops(slow: Transformer, titles: list[str]) -> float:
    """Count the multiplications and additions that an average title takes, padding not
    counted.
    """
    import json

    config = json.loads((slow.folder / "config.json").read_text())
    h, f, n_layers = (
        config["hidden_size"],
        config["intermediate_size"],
        config["num_hidden_layers"],
    )
    lengths = [len(ids) for ids in slow.tokens.ids(titles)]
    return sum(
        n * n_layers * (2 * (4 * h * h + 2 * h * f) + 4 * n * h) for n in lengths
    ) / len(lengths)


def _best_rate() -> float:
    """Measure the most operations per second that a matrix product reaches here on one
    thread.
    """
    import torch

    square = torch.randn(SIDE, SIDE)
    best = (
        min(
            _timed(lambda: [square @ square for _ in range(10)])[1]
            for _ in range(ROUNDS)
        )
        / 10
    )
    return 2 * SIDE**3 / best


def _timed(work: Callable[[], object]) -> tuple:
    began = time.process_time()
    return work(), time.process_time() - began
