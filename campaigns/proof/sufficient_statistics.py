"""One pass over the units: the sufficient statistics of every metric in every arm."""

# ruff: noqa: S608 - names are ours or quoted, values are numbers

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import frexp, isfinite, ldexp

import duckdb
import numpy as np

from campaigns.outcomes.units import Units
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.experiment_spec import Metric, Plan

# a shift is rounded to the span of its column divided by 2 ** 10 to 2 ** 11
SHIFT_DIGITS = 11

# by metric and arm; columns: outcome (ratio: two), then covariates
Samples = dict[tuple[Metric, str], Sample]


@dataclass(frozen=True)
class Column:
    """A column of the table `units`, shifted by about its mean so that squares keep
    their digits.
    """

    name: str
    shift: float
    has_gaps: bool

    @property
    def outcome(self) -> str:
        return f"({self.name} - {self.shift!r})"

    @property
    def covariate(self) -> str:
        """Put the mean where the value is missing: known before assignment, this moves
        no effect.
        """
        return (
            f"coalesce({self.name} - {self.shift!r}, 0)"
            if self.has_gaps
            else self.outcome
        )


@dataclass(frozen=True)
class Terms:
    """What one metric needs from the pass: the shifted columns and whom to count."""

    columns: tuple[str, ...]
    shifts: tuple[float, ...]
    condition: str

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return list(combinations_with_replacement(range(len(self.columns)), 2))

    @property
    def aggregates(self) -> list[str]:
        totals = [f"sum({column})" for column in self.columns]
        products = [
            f"sum({self.columns[i]} * {self.columns[j]})" for i, j in self.pairs
        ]
        return [
            f"{aggregate}{self.condition}"
            for aggregate in ["count(*)", *totals, *products]
        ]

    def sample(self, answers: Mapping[str, float | None]) -> Sample:
        """Build the sample from the answers to `aggregates`."""
        n, *sums = [answers[aggregate] or 0.0 for aggregate in self.aggregates]
        k = len(self.columns)
        products = np.zeros((k, k))
        for (i, j), product in zip(self.pairs, sums[k:], strict=True):
            products[i, j] = products[j, i] = product
        return Sample.from_sums(int(n), sums[:k], products, self.shifts)


def summarise(
    connection: duckdb.DuckDBPyConnection, plan: Plan, units: Units
) -> Samples:
    """Read the table `units` twice: for the means to shift by, then for all sums.
    Metrics share equal sums.

    Units without a metric's outcome are left out of that metric only.
    """
    return _summed(connection, plan, units, units.metrics, "''").get("", {})


def summarise_within(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    units: Units,
    stratum: int,
    metrics: Sequence[Metric],
) -> dict[str, Samples]:
    """Do the same within each value of a stratum; units without a value are left out."""
    found = _summed(connection, plan, units, metrics, f"s{stratum}")
    return {value: samples for value, samples in found.items() if value is not None}


def _summed(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    units: Units,
    metrics: Sequence[Metric],
    by: str,
) -> dict[str, Samples]:
    columns = _columns(connection, units)
    terms = {metric: _terms(metric, plan, units, columns) for metric in metrics}
    asked = list(
        dict.fromkeys(
            aggregate for needed in terms.values() for aggregate in needed.aggregates
        )
    )
    rows = connection.execute(
        f"SELECT {by} AS part, arm, {', '.join(asked)} FROM units WHERE NOT is_torn"
        " GROUP BY part, arm"
    ).fetchall()
    found: dict[str, Samples] = {}
    for part, arm, *values in rows:
        answers = dict(zip(asked, values, strict=True))
        found.setdefault(part, {}).update(
            {(metric, arm): needed.sample(answers) for metric, needed in terms.items()}
        )
    return found


def _columns(connection: duckdb.DuckDBPyConnection, units: Units) -> Sequence[Column]:
    names = [f"c{place}" for place in units.where.values()]
    facts = (
        "coalesce(avg({0}), 0), coalesce(max({0}) - min({0}), 0), count({0}) < count(*)"
    )
    asked = ", ".join(facts.format(name) for name in names)
    answer = connection.execute(
        f"SELECT {asked} FROM units WHERE NOT is_torn"
    ).fetchall()[0]
    shifts = [
        _round_shift(mean, span)
        for mean, span in zip(answer[::3], answer[1::3], strict=True)
    ]
    return [Column(*facts) for facts in zip(names, shifts, answer[2::3], strict=True)]


def _round_shift(mean: float, span: float) -> float:
    """Give a number near the mean that has few binary digits: zeros, ones and counts
    shifted by it add up exactly.

    It lies within a two-thousandth of the span, so with n units n / 4,000,000 of the
    variance is all that it adds to the squares.
    """
    if not isfinite(mean):
        return 0.0
    if not isfinite(span) or span <= 0:
        return mean
    step = ldexp(1.0, max(frexp(span)[1] - SHIFT_DIGITS, -1074))
    return round(mean / step) * step if isfinite(mean / step) else mean


def _terms(
    metric: Metric, plan: Plan, units: Units, columns: Sequence[Column]
) -> Terms:
    outcomes = [columns[units.where[name, metric.use]] for name in metric.columns]
    covariates = [columns[units.where[name, "avg"]] for name in plan.covariates]
    gaps = [f"{column.name} IS NOT NULL" for column in outcomes if column.has_gaps]
    return Terms(
        columns=(
            *(column.outcome for column in outcomes),
            *(column.covariate for column in covariates),
        ),
        shifts=tuple(column.shift for column in [*outcomes, *covariates]),
        condition=f" FILTER (WHERE {' AND '.join(gaps)})" if gaps else "",
    )
