"""Sufficient statistics of one arm: enough for every comparison here, and they add."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# a spread below this share of the mean is the arithmetic's, not the shop's
ROUNDING = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Sample:
    """Hold count, means and centred cross products of k columns measured on the same n
    units.

    Two samples of different units add up to the sample of both (Chan, Golub and LeVeque
    1979, eq. 2.1), so parts of a file, days or machines can be summed in any order.
    """

    n: int
    means: Array  # (k,)
    scatter: Array  # (k, k), sums of (x - mean)(x - mean)'

    @classmethod
    def of(cls, *columns: ArrayLike) -> Self:
        """Summarise columns of equal length, one value per unit. Raise ValueError on a
        missing or infinite value.
        """
        rows = np.stack(
            [np.asarray(column, dtype=np.float64) for column in columns]
        )  # (k, n)
        if not np.isfinite(rows).all():
            raise ValueError(
                f"{int((~np.isfinite(rows)).any(axis=0).sum())} units have a missing or"
                " infinite value"
            )
        n = rows.shape[1]
        means = rows.mean(axis=1) if n else np.zeros(len(rows))
        centred = rows - means[:, None]
        return cls(n, means, centred @ centred.T)

    @classmethod
    def empty(cls, n_columns: int) -> Self:
        return cls(0, np.zeros(n_columns), np.zeros((n_columns, n_columns)))

    @classmethod
    def from_sums(
        cls, n: int, sums: ArrayLike, products: ArrayLike, shift: ArrayLike = 0.0
    ) -> Self:
        """Summarise from sums (k,) and cross products (k, k) of columns that were
        shifted by about their mean.

        The shift keeps the digits that sums of raw squares lose when the mean is large
        beside the spread.
        """
        total, cross = (
            np.asarray(sums, dtype=np.float64),
            np.asarray(products, dtype=np.float64),
        )
        if n == 0:
            return cls.empty(len(total))
        # what overflows is named by whoever compares
        with np.errstate(over="ignore", invalid="ignore"):
            means, scatter = (
                total / n + np.asarray(shift),
                cross - np.outer(total, total) / n,
            )
        # a sum of zeros that was shifted there and back
        means[np.abs(means) <= ROUNDING * np.abs(shift)] = 0
        return cls(n, means, scatter)

    def __add__(self, other: "Sample") -> "Sample":
        if not (self.n and other.n):
            return self if self.n else other
        n, gap = self.n + other.n, other.means - self.means
        with np.errstate(over="ignore"):
            between = np.outer(gap, gap) * (self.n * other.n / n)
        return Sample(
            n, self.means + gap * (other.n / n), self.scatter + other.scatter + between
        )

    @property
    def mean(self) -> float | None:
        """The first column's mean, None without a unit."""
        return float(self.means[0]) if self.n else None

    @property
    def variance(self) -> float | None:
        """The first column's variance over n - 1, None below two units; 0 when it is
        but rounding noise.
        """
        if self.n < 2:
            return None
        return 0.0 if self.constants[0] else float(self.scatter[0, 0]) / (self.n - 1)

    @property
    def constants(self) -> NDArray[np.bool_]:  # (k,)
        """Say which columns have one value only, as far as floating-point numbers can
        tell.
        """
        return np.asarray(
            np.sqrt(np.maximum(np.diag(self.scatter), 0) / max(self.n, 1))
            <= ROUNDING * np.abs(self.means)
        )

    @property
    def is_finite(self) -> bool:
        """Say whether no sum left the range of floating-point numbers."""
        return bool(np.isfinite(self.means).all() and np.isfinite(self.scatter).all())

    def only(self, *columns: int) -> "Sample":
        """Keep some columns, in this order."""
        chosen = list(columns)
        return Sample(self.n, self.means[chosen], self.scatter[np.ix_(chosen, chosen)])

    def mapped(self, matrix: ArrayLike, offset: ArrayLike = 0.0) -> "Sample":
        """Give the sample of matrix @ row + offset for every unit's row."""
        turn, move = (
            np.asarray(matrix, dtype=np.float64),
            np.asarray(offset, dtype=np.float64),
        )
        return Sample(self.n, turn @ self.means + move, turn @ self.scatter @ turn.T)
