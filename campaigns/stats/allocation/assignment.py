"""Who gets what, by chance: a salted hash, the same for life and different in every
experiment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from campaigns.stats.arm_statistics import Array


@dataclass(frozen=True)
class Assignment:
    arms: NDArray[np.int64]  # (n,), index into the shares
    propensities: Array  # (n,), the chance this unit had to get the arm it got


def positions(ids: Iterable[str], salt: str) -> Array:
    """Place every id in [0, 1) by a keyed hash: equal for equal (salt, id), independent
    between salts.
    """
    keyed = blake2b(key=blake2b(salt.encode(), digest_size=32).digest(), digest_size=8)
    digests = bytearray()
    for unit in ids:
        hashed = keyed.copy()
        hashed.update(unit.encode())
        digests += hashed.digest()
    # 53 bits are what a float holds exactly: with 64 the largest hashes would round to
    # 1.0
    return (np.frombuffer(bytes(digests), dtype=">u8") >> np.uint64(11)).astype(
        np.float64
    ) / 2**53


def assign(ids: Iterable[str], *, salt: str, shares: Sequence[float]) -> Assignment:
    """Give each id one arm with the planned shares, which are weights above or equal to
    0.

    Arms fill [0, 1) in the order given, so that moving share between two neighbours
    moves nobody else.
    """
    weights = np.asarray(shares, dtype=np.float64)
    if (
        not weights.size
        or not np.isfinite(weights).all()
        or (weights < 0).any()
        or weights.sum() == 0
    ):
        raise ValueError(
            "arm shares must be numbers from 0 up with a sum above 0, not"
            f" {list(shares)}"
        )
    chances = weights / weights.sum()
    # without the last edge: a sum of shares a hair below 1 must leave nobody without an
    # arm
    edges = np.cumsum(chances)[:-1]
    arms = np.searchsorted(edges, positions(ids, salt), side="right")
    return Assignment(arms.astype(np.int64), chances[arms])


def is_within(
    ids: Iterable[str], *, salt: str, low: float, high: float
) -> NDArray[np.bool_]:
    """Say who lies in [low, high) of a layer: experiments that share a salt and no
    slice exclude each other.
    """
    places = positions(ids, salt)
    return (places >= low) & (places < high)
