"""Make lists: the trained recommender first, then the ladder, so that no list is empty
while items exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from profiles.history import Tables
from recommender import reasons
from recommender.hybrid.explanations import Spoken
from recommender.hybrid.explanations import reasons as spoken_reasons
from recommender.hybrid.hybrid import Blend, Hybrid, Ranked
from recommender.hybrid.parts import chunks
from recommender.interactions import Assortment, assortment, interactions
from recommender.lists.arrangement import WIDE, arrange, bought_today, owned_to_last
from recommender.lists.rules import Rules, fitting, margins
from recommender.matrices.interaction_matrix import Interactions
from recommender.matrices.modes import MODES, Mode
from recommender.training import Trained
from retention_site.lib import clock

Bought = list[tuple[str, int]]  # items with how often, most often first

CUSTOMERS_AT_ONCE = 2_000  # whose histories are read together


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a list."""

    item_id: str
    score: float  # compares within its list only
    engine: str
    why: dict[str, Any]  # kind and facts of the reason

    @property
    def reason(self) -> str:
        return reasons.words(self.why)

    def as_dict(self) -> dict[str, Any]:
        """Return what the database keeps; the reason is put into words when it is read."""
        return {
            "item_id": self.item_id,
            "score": round(self.score, 6),
            "engine": self.engine,
            "why": self.why,
        }


@dataclass(frozen=True)
class Listing:
    """How lists are to be made: by which model, as of which time, for which modes, from
    which items.
    """

    trained: Trained
    tables: Tables
    modes: Sequence[Mode]
    k: int
    only: Collection[str] | None = None  # item ids; all available ones without it
    rules: Rules = field(default_factory=Rules)

    def lists(
        self, customers: npt.NDArray[np.int64]
    ) -> Iterator[tuple[int, Mode, list[Entry]]]:
        """Yield (customer, mode, list) for each customer by key and each mode."""
        for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
            some = np.sort(customers[start : start + CUSTOMERS_AT_ONCE])
            histories = interactions(self.tables, self.trained.ids, some)
            found = [
                one
                for rows in chunks(histories)
                for one in self._chunk(histories.of(rows))
            ]
            short = sorted(
                {key for key, _mode, entries in found if len(entries) < self.k}
            )
            beyond = self._beyond(np.array(short, np.int64))
            for key, mode, entries in found:
                yield (
                    key,
                    mode,
                    entries + self._rest(mode, len(entries), beyond.get(key, [])),
                )

    def _chunk(self, part: Interactions) -> Iterator[tuple[int, Mode, list[Entry]]]:
        scores = self.trained.hybrid.parts.scores(part)
        arranged = self._arranged(part, scores)
        spoken = spoken_reasons(self.trained.hybrid, part, scores, arranged)
        for mode, one in arranged.items():
            for row, key in enumerate(part.keys.tolist()):
                yield key, mode, self._entries(one, row, spoken[mode][row])

    def _arranged(
        self, part: Interactions, scores: npt.NDArray[np.float32]
    ) -> dict[Mode, Ranked]:
        """Rank by the model what the rules allow, then arrange it by them."""
        trained, rules = self.trained, self.rules
        allowed, shut = (
            self._allowed,
            owned_to_last(rules, part, trained.category, trained.intervals),
        )
        for barred in (shut, bought_today(part, self._day_days)):
            if barred is not None:
                allowed = allowed & ~barred  # (n_customers, n_items)
        wide = max(self.k, WIDE) if rules.arranges else self.k
        ranked = trained.hybrid.rank_chunk(
            part, self.modes, wide, allowed, scores=scores
        )
        return {
            mode: arrange(rules, one, self.k, trained.category, self._margins)
            for mode, one in ranked.items()
        }

    def _entries(self, ranked: Ranked, row: int, spoken: list[Spoken]) -> list[Entry]:
        there = [column for column in ranked.columns[row].tolist() if column >= 0]
        scores = ranked.scores[row].tolist()
        return [
            Entry(
                self.trained.ids[column],
                scores[place],
                engine,
                reasons.facts(reason, self.trained.titles),
            )
            for place, (column, (engine, reason)) in enumerate(
                zip(there, spoken, strict=True)
            )
        ]

    def _rest(self, mode: Mode, n_there: int, bought: Bought) -> list[Entry]:
        """Fill a short list with items that the model does not rank, the best selling
        first.
        """
        missing = self.k - n_there
        if missing <= 0:
            return []
        if mode == "repeat":
            return [
                Entry(item, 0.0, "ladder", {"kind": "again", "n": n})
                for item, n in bought[:missing]
            ]
        barred = {item for item, _n in bought} if mode == "discover" else set()
        fitting = (item for item in self._unranked if item not in barred)
        return [
            Entry(item, 0.0, "ladder", self._why(item))
            for item, _ in zip(fitting, range(missing), strict=False)
        ]

    def _why(self, item: str) -> dict[str, Any]:
        return {"kind": "popular" if self._unranked[item] else "fresh"}

    def _beyond(self, customers: npt.NDArray[np.int64]) -> dict[int, Bought]:
        """Say which unranked items each customer has bought, most often first."""
        ids = list(self._unranked)
        if not ids or not len(customers):
            return {}
        owned = interactions(self.tables, ids, customers).counts()
        found: dict[int, Bought] = {}
        for row, key in enumerate(np.sort(customers).tolist()):
            own = slice(owned.indptr[row], owned.indptr[row + 1])
            order = np.argsort(-owned.data[own], kind="stable")
            found[key] = [
                (ids[owned.indices[own][at]], int(owned.data[own][at])) for at in order
            ]
        return found

    @cached_property
    def _day_days(self) -> float:
        """How much of the shop's day had passed."""
        local = self.tables.as_of.astimezone(clock.shop_zone())
        return (
            local - local.replace(hour=0, minute=0, second=0, microsecond=0)
        ) / timedelta(days=1)

    @cached_property
    def _shop(self) -> Assortment:
        return assortment(self.tables, sorted(self.only or ()))

    @cached_property
    def _allowed(self) -> npt.NDArray[np.bool_]:
        """Mark the model's columns that may be shown: on sale now, and named where
        names are given.
        """
        return np.array([item in self._fitting for item in self.trained.ids], bool)

    @cached_property
    def _fitting(self) -> set[str]:
        """What is on sale now, named where names are given, and allowed by the rules."""
        named = [
            item for item in self._shop.ids if self.only is None or item in self.only
        ]
        return fitting(self.rules, self.tables, named)

    @cached_property
    def _margins(self) -> npt.NDArray[np.float64]:
        return margins(self.rules, self.tables, self.trained.ids)

    @cached_property
    def _unranked(self) -> dict[str, int]:
        """Buyers of each item that may be shown and that the model has no column for,
        best selling first.
        """
        known = set(self.trained.ids)
        rest = [
            (item, int(n))
            for item, n in zip(self._shop.ids, self._shop.n_buyers, strict=True)
            if item not in known and item in self._fitting
        ]
        return dict(sorted(rest, key=lambda pair: (-pair[1], pair[0])))


def by_one_engine(trained: Trained, key: str) -> Trained:
    """Let one engine rank alone; raise `KeyError` with the ones there are."""
    keys = [engine.key for engine in trained.hybrid.parts.engines]
    if key not in keys:
        raise KeyError(f"The model has no engine {key!r}; it has {', '.join(keys)}.")
    alone = np.array([engine == key for engine in keys], np.float32)
    blends = {
        (mode, is_new): Blend(alone) for mode in MODES for is_new in (False, True)
    }
    return replace(trained, hybrid=Hybrid(trained.hybrid.parts, blends))
