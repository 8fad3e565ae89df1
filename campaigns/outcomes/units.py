"""From rows to units: one line per customer, as she was assigned, with everything that
is wrong said aloud.
"""

# ruff: noqa: S608 - names are ours or quoted, values are numbers

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb
from django.utils.translation import gettext as _

from campaigns.stats.experiment_spec import Kind, Metric, Plan

MOST_IN_TWO_ARMS = 0.01  # share of units; with more, who was left out may be the effect


@dataclass(frozen=True)
class Units:
    """The table `units` (arm, c0 …) in words. `metrics` have their kind; `where` says
    which c holds (column, use).
    """

    arms: dict[str, int]
    metrics: tuple[Metric, ...]
    where: dict[tuple[str, str], int]
    unusable: dict[Metric, str]  # why no number is given
    problems: list[str]
    is_torn: bool  # too many units stood in two arms
    # column → what larger amounts were pulled in to
    limits: dict[str, float] = field(default_factory=dict)

    def without(self, reasons: Mapping[str, str]) -> "Units":
        """Give no number for these metrics (by name), for these reasons."""
        more = {
            metric: reasons[metric.name]
            for metric in self.metrics
            if metric.name in reasons
        }
        return replace(self, unusable={**self.unusable, **more})


def gather(connection: duckdb.DuckDBPyConnection, plan: Plan) -> Units:
    """Build the table `units` from `rows`: sums for means and ratios, any for
    proportions, averages for covariates.

    Without a unit column each row is a unit. A unit that stands in two arms counts in
    none.
    """
    kinds = _kinds(connection, plan)
    metrics = tuple(
        dict.fromkeys(
            replace(metric, kind=metric.kind or kind) for metric, kind in kinds
        )
    )
    unusable = {
        metric: _("its values are not all 0 or 1, so it has no proportion")
        for metric, kind in kinds
        if metric.kind == "proportion" != kind
    }
    where = {use: place for place, use in enumerate(_uses(plan, metrics))}
    problems = _rows_left_out(connection, plan)
    if plan.unit and _stand_on_several_rows(connection):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE grouped AS"
            f" {_one_line_per_unit(plan, list(where))}"
        )
        source = "SELECT * FROM grouped"
    else:
        source = _each_row_a_unit(plan, list(where))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW units AS {source}")
    limits, pulled = _pulled_in(connection, plan, metrics, where)
    if pulled:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW units AS SELECT * REPLACE"
            f" ({', '.join(pulled)}) FROM ({source})"
        )
    n_units, n_torn = _count_torn(connection, plan, problems)
    arms = dict(
        connection.execute(
            "SELECT arm, count(*) FROM units WHERE NOT is_torn GROUP BY arm ORDER"
            " BY arm"
        ).fetchall()
    )
    return Units(
        arms,
        metrics,
        where,
        unusable,
        problems,
        n_torn > MOST_IN_TWO_ARMS * n_units,
        limits,
    )


def _kinds(
    connection: duckdb.DuckDBPyConnection, plan: Plan
) -> Sequence[tuple[Metric, Kind]]:
    """Call a column of zeros and ones a proportion, and one without any value whatever
    was asked for.
    """
    places = {column: place for place, column in enumerate(plan.value_columns)}
    tests = ", ".join(f"bool_and(v{place} IN (0, 1))" for place in places.values())
    answers = connection.execute(f"SELECT {tests} FROM rows").fetchall()[0]
    found: dict[bool | None, Kind | None] = {
        True: "proportion",
        False: "mean",
        None: None,
    }
    return [
        (metric, found[answers[places[metric.column]]] or metric.kind or "mean")
        for metric in plan.metrics
    ]


def _uses(plan: Plan, metrics: Sequence[Metric]) -> list[tuple[str, str]]:
    outcomes = [(column, metric.use) for metric in metrics for column in metric.columns]
    return list(
        dict.fromkeys([*outcomes, *((column, "avg") for column in plan.covariates)])
    )


def _pulled_in(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    metrics: Sequence[Metric],
    where: Mapping[tuple[str, str], int],
) -> tuple[dict[str, float], list[str]]:
    """Pull large amounts in to a quantile of all arms together; return the limit by
    column, and the SQL of the columns.

    Shares are left alone. Of a ratio the pair is scaled as one: whoever bought twenty
    things at 20 counts as fewer orders, each still at 20. The numerator alone would
    make every large customer a cheap one.
    """
    limits: dict[str, float] = {}
    pulled: list[str] = []
    for metric in metrics if plan.winsorise is not None else ():
        if metric.kind == "proportion":
            continue
        cells = {column: f"c{where[column, metric.use]}" for column in metric.columns}
        own = {
            column: top
            for column, cell in cells.items()
            if (top := _limit(connection, plan, cell)) is not None
        }
        limits |= own
        if metric.denominator:
            shares = [
                f"CASE WHEN {cells[name]} > {top!r} THEN {top!r} / {cells[name]} END"
                for name, top in own.items()
            ]
            # least leaves NULL out
            scale = f"least(1, {', '.join(shares)})" if shares else "1"
            pulled += [
                f"{cell} * {scale} AS {cell}" for cell in dict.fromkeys(cells.values())
            ]
        else:
            pulled += [
                f"least({cells[name]}, {top!r}) AS {cells[name]}"
                for name, top in own.items()
            ]
    return limits, list(dict.fromkeys(pulled))


def _limit(
    connection: duckdb.DuckDBPyConnection, plan: Plan, cell: str
) -> float | None:
    """The quantile that the plan declares, of the amounts above 0."""
    asked = (
        f"SELECT quantile_disc({cell}, {plan.winsorise:f}) FROM units WHERE {cell} > 0"
        " AND NOT is_torn"
    )
    (limit,) = connection.execute(asked).fetchall()[0]
    return None if limit is None else float(limit)


def _stand_on_several_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Compare hashes first: as many hashes as rows prove that every unit stands on one
    row, and save the grouping.
    """
    n_rows, n_hashes = connection.execute(
        "SELECT count(unit), count(DISTINCT hash(unit)) FROM rows"
    ).fetchall()[0]
    return n_hashes < n_rows


def _each_row_a_unit(plan: Plan, uses: Sequence[tuple[str, str]]) -> str:
    places = {column: f"v{place}" for place, column in enumerate(plan.value_columns)}
    values = ", ".join(
        f"{places[column]} AS c{i}" for i, (column, _use) in enumerate(uses)
    )
    known = "arm IS NOT NULL AND unit IS NOT NULL" if plan.unit else "arm IS NOT NULL"
    strata = "".join(f", s{place}" for place in range(len(plan.strata)))
    return (
        f"SELECT arm, false AS is_torn, 1 AS n_rows, unit, {values}{strata} FROM rows"
        f" WHERE {known}"
    )


def _one_line_per_unit(plan: Plan, uses: Sequence[tuple[str, str]]) -> str:
    places = {column: f"v{place}" for place, column in enumerate(plan.value_columns)}
    values = ", ".join(
        f"{_per_unit(places[column], use)} AS c{i}"
        for i, (column, use) in enumerate(uses)
    )
    strata = "".join(
        f", min(s{place}) AS s{place}" for place in range(len(plan.strata))
    )
    return (
        "SELECT min(arm) AS arm, min(arm) <> max(arm) AS is_torn, count(*) AS n_rows,"
        f" unit, {values}{strata} FROM rows WHERE arm IS NOT NULL AND unit IS NOT NULL"
        " GROUP BY unit"
    )


def _per_unit(value: str, use: str) -> str:
    """One missing row makes a unit's outcome unknown; a covariate is what its known
    rows say.
    """
    whole = "sum" if use.startswith("pair ") else use
    return (
        f"avg({value})"
        if use == "avg"
        else f"CASE WHEN count({value}) = count(*) THEN {whole}({value}) END"
    )


def _rows_left_out(connection: duckdb.DuckDBPyConnection, plan: Plan) -> list[str]:
    no_arm, no_unit, n_rows = connection.execute(
        "SELECT count(*) FILTER (WHERE arm IS NULL), count(*) FILTER (WHERE unit IS"
        " NULL), count(*) FROM rows"
    ).fetchall()[0]
    problems = (
        [_("Rows without an arm, left out: {n:,}.").format(n=no_arm)] if no_arm else []
    )
    if plan.unit and no_unit:
        problems.append(
            _("Rows without a {unit}, left out: {n:,}.").format(
                unit=plan.unit, n=no_unit
            )
        )
    return problems if n_rows else [_("There are no rows.")]


def _count_torn(
    connection: duckdb.DuckDBPyConnection, plan: Plan, problems: list[str]
) -> tuple[int, int]:
    if not plan.unit:
        return 0, 0
    n_units, n_torn, torn, n_repeated, repeated = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE is_torn), min(unit) FILTER (WHERE"
        " is_torn), count(*) FILTER (WHERE is_repeated), min(unit) FILTER (WHERE"
        " is_repeated) FROM (SELECT *, n_rows > 1 AND NOT is_torn AS is_repeated FROM"
        " units)"
    ).fetchall()[0]
    if n_torn:
        words = _("Units in more than one arm, left out: {n:,}, for example '{unit}'.")
        problems.append(words.format(n=n_torn, unit=torn))
    if n_repeated:
        words = _(
            "Units on several rows, their rows added up: {n:,}, for example '{unit}'."
        )
        problems.append(words.format(n=n_repeated, unit=repeated))
    return n_units, n_torn
