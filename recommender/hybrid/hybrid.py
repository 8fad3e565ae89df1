"""All engines in one list: what each customer wants next, by weights that the shop
itself taught.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.engines.base import Flags, Floats, Interactions, Long, best
from recommender.matrices.modes import Mode, barred

from .features import ItemFacts, pair_features
from .parts import Parts, chunks
from .repeats import Repeats
from .reranker import Reranker

NEWCOMER_ORDERS = 3  # customers with fewer orders are ranked by weights of their own
N_CANDIDATES = 100  # places that the re-ranker looks at again
# weight of what ranks items that no part knows anything of, far below any part
FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each part counts, and the second look beside them."""

    weights: Floats  # (n_parts,)
    # weight of the re-ranker beside the blend, both standardised over the candidates
    second_look: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best items of each customer, best first; -1 where nothing is left. Scores
    compare within one list only.
    """

    columns: Long  # (n_customers, k)
    scores: Floats  # (n_customers, k) ≥ 0


@dataclass
class Hybrid:
    """Weighted sum of the parts' standardised scores, its top looked at again by the
    re-ranker of the mode.
    """

    parts: Parts
    blends: dict[tuple[Mode, bool], Blend]  # by mode and whether the customer is new
    rerankers: dict[Mode, Reranker] = field(default_factory=dict)
    repeats: Repeats | None = None  # without it, what customers have keeps its value

    def rank(
        self, histories: Interactions, mode: Mode, k: int, allowed: Flags | None = None
    ) -> Ranked:
        """Rank items for these customers; `allowed` (n_items,) keeps others out."""
        found = [
            self.rank_chunk(histories.of(rows), (mode,), k, allowed)[mode]
            for rows in chunks(histories)
        ]
        if not found:
            return Ranked(np.zeros((0, k), np.int64), np.zeros((0, k), np.float32))
        return Ranked(
            np.concatenate([one.columns for one in found]),
            np.concatenate([one.scores for one in found]),
        )

    def rank_chunk(
        self,
        part: Interactions,
        modes: Sequence[Mode],
        k: int,
        allowed: Flags | None = None,
        *,
        scores: Floats | None = None,
    ) -> dict[Mode, Ranked]:
        """Rank for customers few enough for one table of scores, in several modes at
        the price of one.

        `scores` are the parts' for these customers, where the caller has them already.
        """
        scores = self.parts.scores(part) if scores is None else scores
        shut = np.zeros(part.n_items, bool) if allowed is None else ~allowed
        tops = {
            mode: self._top(part, scores, mode, k, barred(part, mode) | shut)
            for mode in modes
        }
        return {
            mode: _best(*top, k)
            for mode, top in self._look_again(part, scores, tops).items()
        }

    def _top(
        self, part: Interactions, scores: Floats, mode: Mode, k: int, shut: Flags
    ) -> tuple[Long, Floats]:
        """Find the candidates of a mode, and how the blend values them; what is shut is
        worth minus infinity.
        """
        blended = self.blended(scores, part, mode)
        np.copyto(blended, np.float32(-np.inf), where=shut)
        top = best(blended, max(k, N_CANDIDATES))
        return top, np.take_along_axis(blended, top, 1)

    def blended(self, scores: Floats, histories: Interactions, mode: Mode) -> Floats:
        """Add up the parts, with their own weights for new customers."""  # (n_customers, n_items)
        total = np.broadcast_to(
            FLOOR * self.parts.floor(scores), scores.shape[1:]
        ).astype(np.float32)
        weights, weighed = self.weights(histories, mode), np.empty_like(total)
        for part in np.flatnonzero(weights.any(0)):
            total += np.multiply(scores[part], weights[:, part, None], out=weighed)
        if self.repeats is not None and mode != "discover":
            self.repeats.damp(total, histories, mode, self._is_new(histories))
        return total

    def weights(self, histories: Interactions, mode: Mode) -> Floats:
        """Give each customer's weights of the parts."""  # (n_customers, n_parts)
        each = np.where(
            self._is_new(histories)[:, None],
            self.blends[mode, True].weights,
            self.blends[mode, False].weights,
        )
        return each.astype(np.float32)

    def _is_new(self, histories: Interactions) -> Flags:
        return histories.n_baskets() < NEWCOMER_ORDERS

    def _look_again(
        self,
        part: Interactions,
        scores: Floats,
        tops: Mapping[Mode, tuple[Long, Floats]],
    ) -> dict[Mode, tuple[Long, Floats]]:
        """Add the re-ranker's opinion for customers who are not new; modes of one
        school share its answers.
        """
        looked = dict(tops)
        is_regular = part.n_baskets() >= NEWCOMER_ORDERS
        for school, reranker in self.rerankers.items():
            shares = {
                mode: self.blends[mode, False].second_look
                for mode in tops
                if school_of(mode) == school
            }
            asked = {mode: tops[mode] for mode, share in shares.items() if share}
            for mode, margin in self._margins(
                part, scores, reranker, asked, is_regular
            ).items():
                columns, value = tops[mode]
                mixed = second_look(value, margin, shares[mode])
                looked[mode] = columns, np.where(is_regular[:, None], mixed, value)
        return looked

    def _margins(
        self,
        part: Interactions,
        scores: Floats,
        reranker: Reranker,
        asked: Mapping[Mode, tuple[Long, Floats]],
        is_regular: Flags,
    ) -> dict[Mode, Floats]:
        # (n, width) each
        """Ask about each pair of customer and candidate once; 0 where nobody asked."""
        wanted = {
            mode: np.isfinite(value) & is_regular[:, None]
            for mode, (_columns, value) in asked.items()
        }
        first = np.arange(part.n_customers)[:, None] * np.int64(part.n_items)
        codes = {
            mode: (first + columns)[wanted[mode]]
            for mode, (columns, _value) in asked.items()
        }
        pairs = np.unique(np.concatenate([np.zeros(0, np.int64), *codes.values()]))
        rows, columns = np.divmod(pairs, part.n_items)
        if not len(pairs):
            return {}
        answers = reranker.margin(
            described(self.parts.facts, part, rows, columns, scores[:, rows, columns])
        )
        margins = {
            mode: np.zeros(flags.shape, np.float32) for mode, flags in wanted.items()
        }
        for mode, margin in margins.items():
            margin[wanted[mode]] = answers[np.searchsorted(pairs, codes[mode])]
        return margins


def school_of(mode: Mode) -> Mode:
    """Say whose re-ranker looks again: what is bought anew follows other rules than
    what is bought again.
    """
    return "discover" if mode == "discover" else "all"


def candidate_features(
    facts: ItemFacts, histories: Interactions, columns: Long, scored: Floats
) -> Floats:  # (n · width, d)
    """Describe the candidates (n, width) by their facts and all parts' scores (n_parts,
    n, width).
    """
    rows = np.repeat(np.arange(len(columns)), columns.shape[1])
    return described(
        facts, histories, rows, columns.ravel(), scored.reshape(len(scored), -1)
    )


def described(
    facts: ItemFacts, histories: Interactions, rows: Long, columns: Long, scored: Floats
) -> Floats:  # (n_pairs, d)
    """Describe pairs of customer and item by their facts and all parts' scores
    (n_parts, n_pairs).
    """
    pairs = pair_features(histories, facts, rows, columns)
    return np.concatenate([pairs, scored.T], 1).astype(np.float32)


def second_look(value: Floats, margin: Floats, share: float) -> Floats:
    """Mix the blend with the re-ranker, both brought to the same spread over the
    candidates; barred ones stay out.
    """
    valid = np.isfinite(value)
    mixed = _spread(value, valid) + np.float32(share) * _spread(margin, valid)
    least = np.where(valid, mixed, np.inf).min(1, keepdims=True)
    return np.where(
        valid, mixed - np.where(np.isfinite(least), least, 0), -np.inf
    ).astype(np.float32)


def _spread(values: Floats, valid: Flags) -> Floats:
    kept = np.where(valid, values, 0)
    n = np.maximum(valid.sum(1, keepdims=True), 1)
    mean = kept.sum(1, keepdims=True) / n
    deviation = np.sqrt(
        (np.where(valid, kept - mean, 0) ** 2).sum(1, keepdims=True) / n
    )
    return np.where(
        valid, (kept - mean) / np.where(deviation > 0, deviation, np.inf), 0
    ).astype(np.float32)


def _best(columns: Long, value: Floats, k: int) -> Ranked:
    by = np.argsort(-value, axis=1, kind="stable")[:, :k]
    return _padded(
        np.take_along_axis(columns, by, 1), np.take_along_axis(value, by, 1), k
    )


def _padded(columns: Long, value: Floats, k: int) -> Ranked:
    """Fill up to k places and mark those that hold nothing."""
    more = ((0, 0), (0, k - columns.shape[1]))
    value = np.pad(value, more, constant_values=-np.inf)
    is_there = np.isfinite(value)
    return Ranked(
        np.where(is_there, np.pad(columns, more), -1), np.where(is_there, value, 0)
    )
