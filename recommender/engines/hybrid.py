"""All engines in one list: what each customer wants next, by weights that the shop itself taught."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .base import Flags, Floats, Interactions, Long, Reason, best
from .features import ItemFacts, pair_features
from .modes import Mode, barred
from .parts import Parts, chunks
from .reranker import Reranker

NEWCOMER_ORDERS = 3  # customers with fewer orders are ranked by weights of their own
N_CANDIDATES = 100  # places that the re-ranker looks at again


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each part counts, and the second look beside them."""

    weights: Floats  # (n_parts,)
    second_look: float = 0.0  # weight of the re-ranker beside the blend, both standardised over the candidates


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best items of each customer, best first; -1 where nothing is left."""

    columns: Long  # (n_customers, k)
    scores: Floats  # (n_customers, k)


@dataclass
class Hybrid:
    """Weighted sum of the parts' standardised scores, its top looked at again by the re-ranker of the mode."""

    parts: Parts
    blends: dict[tuple[Mode, bool], Blend]  # by mode and whether the customer is new
    rerankers: dict[Mode, Reranker] = field(default_factory=dict)

    def rank(self, histories: Interactions, mode: Mode, k: int, allowed: Flags | None = None) -> Ranked:
        """Rank items for these customers; `allowed` (n_items,) keeps others out."""
        columns = np.full((histories.n_customers, k), -1, np.int64)
        scores = np.full((histories.n_customers, k), np.nan, np.float32)
        for rows in chunks(histories):
            part = histories.of(rows)
            shut = barred(part, mode)
            if allowed is not None:
                shut = shut | ~allowed
            top, value = self._rank_chunk(part, mode, k, shut)
            columns[rows, : top.shape[1]], scores[rows, : top.shape[1]] = top, value
        return Ranked(columns, scores)

    def _rank_chunk(self, part: Interactions, mode: Mode, k: int, shut: Flags) -> tuple[Long, Floats]:
        scores = self.parts.scores(part)
        blended = np.where(shut, np.float32(-np.inf), self.blended(scores, part, mode))
        top = best(blended, max(k, N_CANDIDATES))
        value = self._look_again(part, scores, mode, top, np.take_along_axis(blended, top, 1))
        by = np.argsort(-value, axis=1, kind="stable")[:, :k]
        top, value = np.take_along_axis(top, by, 1), np.take_along_axis(value, by, 1)
        return np.where(np.isfinite(value), top, -1), np.where(np.isfinite(value), value, np.nan)

    def blended(self, scores: Floats, histories: Interactions, mode: Mode) -> Floats:
        """Add up the parts, with their own weights for new customers."""  # (n_customers, n_items)
        is_new = histories.n_baskets() < NEWCOMER_ORDERS
        weights = np.where(is_new[:, None], self.blends[mode, True].weights, self.blends[mode, False].weights)
        total = np.zeros(scores.shape[1:], np.float32)
        for part in np.flatnonzero(weights.any(0)):
            total += scores[part] * weights[:, part, None].astype(np.float32)
        return total

    def _look_again(self, part: Interactions, scores: Floats, mode: Mode, top: Long, value: Floats) -> Floats:
        """Add the re-ranker's opinion for customers who are not new."""
        share, reranker = self.blends[mode, False].second_look, self.rerankers.get(school_of(mode))
        regular = np.flatnonzero(part.n_baskets() >= NEWCOMER_ORDERS)
        if not share or reranker is None or not len(regular):
            return value
        columns = top[regular]
        scored = np.take_along_axis(scores[:, regular], columns[None], 2)
        features = candidate_features(self.parts.facts, part.of(regular), columns, scored)
        out = value.copy()
        out[regular] = second_look(value[regular], reranker.margin(features).reshape(columns.shape), share)
        return out

    def reasons(self, histories: Interactions, mode: Mode, ranked: Ranked) -> list[tuple[str, Reason]]:
        """Name for every place of the lists, row by row, the part that speaks for it most, and its reason."""
        return [reason for rows in chunks(histories) for reason in self._reasons(histories.of(rows), mode, ranked.columns[rows])]

    def _reasons(self, part: Interactions, mode: Mode, columns: Long) -> list[tuple[str, Reason]]:
        rows, places = np.nonzero(columns >= 0)
        wanted = columns[rows, places]
        is_new = (part.n_baskets() < NEWCOMER_ORDERS)[rows]
        weights = np.where(is_new[:, None], self.blends[mode, True].weights, self.blends[mode, False].weights)
        adds = self.parts.scores(part)[:, rows, wanted].T * np.maximum(weights, 0)  # (n_pairs, n_parts)
        given: list[list[Reason | None]] = [engine.reasons(part, rows, wanted) for engine in self.parts.engines]
        order = np.argsort(-adds, axis=1, kind="stable")
        return [self._first_reason(given, pair, order[pair]) for pair in range(len(rows))]

    def _first_reason(self, given: list[list[Reason | None]], pair: int, order: Long) -> tuple[str, Reason]:
        for part in order:
            if (reason := given[part][pair]) is not None:
                return self.parts.engines[part].key, reason
        return "ladder", Reason("fresh")


def school_of(mode: Mode) -> Mode:
    """Say whose re-ranker looks again: what is bought anew follows other rules than what is bought again."""
    return "discover" if mode == "discover" else "all"


def candidate_features(facts: ItemFacts, histories: Interactions, columns: Long, scored: Floats) -> Floats:
    """Describe the candidates (n, width) by their facts and every part's score (n_parts, n, width)."""  # (n · width, d)
    rows = np.repeat(np.arange(len(columns)), columns.shape[1])
    pairs = pair_features(histories, facts, rows, columns.ravel())
    return np.concatenate([pairs, scored.reshape(len(scored), -1).T], 1).astype(np.float32)


def second_look(value: Floats, margin: Floats, share: float) -> Floats:
    """Mix the blend with the re-ranker, both brought to the same spread over the candidates; barred ones stay out."""
    valid = np.isfinite(value)
    mixed = _spread(value, valid) + np.float32(share) * _spread(margin, valid)
    return np.where(valid, mixed, -np.inf)


def _spread(values: Floats, valid: Flags) -> Floats:
    kept = np.where(valid, values, np.nan)
    n = np.maximum(valid.sum(1, keepdims=True), 1)
    mean = np.nansum(kept, 1, keepdims=True) / n
    deviation = np.sqrt(np.nansum((kept - mean) ** 2, 1, keepdims=True) / n)
    return np.where(valid, (values - mean) / np.where(deviation > 0, deviation, np.inf), 0).astype(np.float32)
