"""Batches of texts of like length: what is padded is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

# padded tokens in one batch: what lies between two layers stays in a core's own cache
TOKEN_BUDGET = 256
GPU_BUDGET = 16_384  # a GPU wants to be filled
# a text this much longer than the shortest opens a new batch once there are MIN_BATCH
LENGTH_JUMP = 1.3
MIN_BATCH = 8


def batches(
    lengths: Sequence[int], budget: int = TOKEN_BUDGET
) -> Iterator[npt.NDArray[np.int64]]:
    """Group text numbers, longest texts first, so that rows × longest stays within the
    budget.

    Longest first: a text too large for memory fails at once and not after an hour.
    """
    order = np.argsort(-np.asarray(lengths, np.int64), kind="stable")
    start = 0
    while start < len(order):
        longest = max(int(lengths[order[start]]), 1)
        end = min(start + max(budget // longest, 1), len(order))
        end = _before_jump(lengths, order, start, end)
        yield order[start:end]
        start = end


def padded_tokens(lengths: Sequence[int]) -> int:
    """Count the tokens that a model sees, padding included: the cost of encoding,
    whatever the machine.
    """
    return sum(
        len(batch) * max(lengths[number] for number in batch)
        for batch in batches(lengths)
    )


def _before_jump(
    lengths: Sequence[int], order: npt.NDArray[np.int64], start: int, end: int
) -> int:
    """Cut a batch where the texts become much shorter than its first."""
    longest = lengths[order[start]]
    for place in range(start + MIN_BATCH, end):
        if lengths[order[place]] * LENGTH_JUMP < longest:
            return place
    return end
