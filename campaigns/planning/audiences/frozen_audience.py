"""An audience that no longer changes: customers in the order of the shop's ids, with
their hash. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

CHUNK = 5_000  # customers of one part: a few seconds of work


@dataclass(frozen=True)
class Audience:
    """Customers in the byte order of the shop's ids."""

    customers: tuple[int, ...]
    hash: str

    def chunks(self, size: int = CHUNK) -> list[list[int]]:
        return [
            list(self.customers[start : start + size])
            for start in range(0, len(self.customers), size)
        ]


def freeze(external_ids: Mapping[int, str]) -> Audience:
    """Order customers by the bytes of the shop's ids and hash those, each ended by a
    line feed.
    """
    by_bytes = sorted(
        (external_id.encode(), pk) for pk, external_id in external_ids.items()
    )
    digest = hashlib.sha256(
        b"".join(external_id + b"\n" for external_id, _pk in by_bytes)
    )
    return Audience(tuple(pk for _external_id, pk in by_bytes), digest.hexdigest())
