"""Several engines fitted to the same moment, asked together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.engines.base import (
    Engine,
    Floats,
    Interactions,
    Items,
    Long,
    standardise,
)
from recommender.engines.content import Content

from .features import ItemFacts

CHUNK_CELLS = 600_000  # customers × items scored at once by one engine: bounds memory


@dataclass(frozen=True, slots=True)
class Recipe:
    """One engine with its settings, not yet fitted."""

    engine: type[Engine]
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        words = ", ".join(
            f"{name} {value}"
            for name, value in self.settings.items()
            if value is not None
        )
        return f"{self.engine.key}({words})" if words else self.engine.key

    def fit(self, past: Interactions, items: Items) -> Engine:
        return self.engine(**self.settings).fit(past, items)


@dataclass(frozen=True, slots=True)
class Parts:
    """Fitted engines and the facts of the items at one moment."""

    engines: Sequence[Engine]
    facts: ItemFacts

    @classmethod
    def fit(cls, recipes: Sequence[Recipe], past: Interactions, items: Items) -> Parts:
        return cls(
            [recipe.fit(past, items) for recipe in recipes], ItemFacts.of(past, items)
        )

    def scores(self, histories: Interactions) -> Floats:
        """Score by every engine, standardised per customer."""  # (n_parts, n_customers, n_items)
        scores = np.empty(
            (len(self.engines), histories.n_customers, histories.n_items), np.float32
        )
        for number, engine in enumerate(self.engines):
            scores[number] = standardise(engine.score(histories))
        return scores

    def floor(self, scores: Floats) -> Floats:
        """Rank what no part knows anything of: the shop's sales, and for what never
        sold its neighbours in meaning.
        """
        sold = self.facts.sold[:, -1]  # (n_items,)
        best_seller = max(float(sold.max(initial=0)), 1e-9)
        near = [
            number
            for number, engine in enumerate(self.engines)
            if isinstance(engine, Content)
        ]
        if not near:
            return sold / best_seller
        resembling = np.maximum(scores[near[0]], 0)
        return np.where(sold > 0, 1 + sold / best_seller, resembling / (1 + resembling))


def chunks(histories: Interactions) -> Iterator[Long]:
    """Split the customers so that one table of scores stays small."""
    size = max(CHUNK_CELLS // max(histories.n_items, 1), 16)
    for start in range(0, histories.n_customers, size):
        yield np.arange(start, min(start + size, histories.n_customers))
