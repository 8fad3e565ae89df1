"""What the shop sells most these days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from .base import Engine, Floats, Interactions, Items, Long, Reason


@dataclass
class Popularity(Engine):
    """Decayed number of purchases, the same for everyone."""

    key: ClassVar[str] = "popularity"
    variants = ({"half_life": 14.0}, {"half_life": 45.0}, {"half_life": np.inf})

    half_life: float = 45.0  # days
    sold_: Floats = field(init=False, repr=False)  # (n_items,)

    def _learn(self, past: Interactions, items: Items) -> None:
        weight = np.exp2(-past.age_days / np.float32(self.half_life))
        self.sold_ = np.bincount(past.item, weight, past.n_items).astype(np.float32)

    def _score(self, histories: Interactions) -> Floats:
        return np.broadcast_to(self.sold_, (histories.n_customers, len(self.sold_)))

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        return [
            Reason("popular") if self.sold_[column] > 0 else None for column in columns
        ]
