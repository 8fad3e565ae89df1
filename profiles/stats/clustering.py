"""Clusters that come back: k-means with the number of clusters chosen by bootstrap
stability.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BOOTSTRAPS = 8
ENOUGH = 5_000  # customers are enough to judge stability
STABLE = 0.9  # adjusted Rand index that counts as the same clusters again
STARTS = 4


@dataclass(frozen=True)
class Candidate:
    """One number of clusters with how well it did."""

    k: int
    # mean adjusted Rand index between bootstrap clusterings, on the same customers
    stability: float
    silhouette: float


@dataclass(frozen=True)
class Clustering:
    """The chosen clusters: ``centres`` is (k, d) in standardised features."""

    k: int
    centres: NDArray[np.float64]
    stability: float
    silhouette: float
    candidates: tuple[Candidate, ...]

    @property
    def is_stable(self) -> bool:
        return self.stability >= STABLE


def choose(
    features: NDArray[np.float64], ks: range, rng: np.random.Generator
) -> Clustering:
    """Cluster standardised features (n, d) with the k that comes back most reliably.

    Each k is clustered on bootstrap samples; all customers are assigned by each, and
    the assignments compared by the adjusted Rand index (Hubert and Arabie, 1985; choice
    by stability after Ben-Hur et al., 2002). Among the k within 0.03 of the most
    stable, the silhouette (Rousseeuw, 1987) decides. Raises ValueError with fewer than
    3 distinct customers.
    """
    ks = range(ks.start, min(ks.stop, len(np.unique(features, axis=0))))
    if not len(ks):
        raise ValueError("too few different customers to group")
    sample = features[
        rng.choice(len(features), min(len(features), ENOUGH), replace=False)
    ]
    candidates = tuple(_judge(sample, k, rng) for k in ks)
    most = max(candidate.stability for candidate in candidates)
    best = max(
        (one for one in candidates if one.stability >= most - 0.03),
        key=lambda one: one.silhouette,
    )
    return Clustering(
        best.k, _fit(features, best.k, rng), best.stability, best.silhouette, candidates
    )


def nearest(
    features: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the nearest centre of each row: (n, d) and (k, d) → (n,)."""
    distances = (centres**2).sum(
        1
    ) - 2 * features @ centres.T  # (n, k), up to a constant per row
    return distances.argmin(1)


def keep_numbers(
    old: NDArray[np.float64], new: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Order new centres so that each keeps the number of the old one it is closest to;
    fresh ones come last.
    """
    # SciPy's optimisers take half a second to load: only grouping pays
    from scipy.optimize import linear_sum_assignment

    distances = ((new[:, None, :] - old[None, :, :]) ** 2).sum(2)  # (k_new, k_old)
    rows, columns = linear_sum_assignment(distances)
    numbers = {int(row): int(column) for row, column in zip(rows, columns, strict=True)}
    fresh = iter(range(len(old), len(old) + len(new)))
    wanted = [
        numbers[row] if row in numbers else next(fresh) for row in range(len(new))
    ]
    return np.argsort(wanted)


def _judge(
    features: NDArray[np.float64], k: int, rng: np.random.Generator
) -> Candidate:
    # scikit-learn takes a second to load: only learning pays
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    labels = [
        nearest(
            features,
            _fit(features[rng.integers(0, len(features), len(features))], k, rng),
        )
        for _ in range(BOOTSTRAPS)
    ]
    agreements = [adjusted_rand_score(one, other) for one, other in pairwise(labels)]
    own = nearest(features, _fit(features, k, rng))
    is_split = len(np.unique(own)) > 1
    score = (
        silhouette_score(
            features, own, sample_size=min(2000, len(features)), random_state=0
        )
        if is_split
        else -1.0
    )
    return Candidate(k, float(np.mean(agreements)), float(score))


def _fit(
    features: NDArray[np.float64], k: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    # scikit-learn takes a second to load: only learning pays
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    seed = int(rng.integers(2**31))
    with threadpool_limits(1):  # so small a problem is over before threads have met
        return (
            KMeans(k, n_init=STARTS, random_state=seed).fit(features).cluster_centers_
        )
