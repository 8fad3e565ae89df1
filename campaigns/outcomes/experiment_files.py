"""An experiment's file, read by DuckDB: CSV, CSV.gz or Parquet of any length, never
whole in memory.
"""

# ruff: noqa: S608 - names are ours or quoted, values are numbers

from itertools import combinations

from campaigns.stats.experiment_spec import Plan
from retention_site.lib.sql_quoting import quoted_name
from retention_site.lib.table_file import FileError, TableFile, asked

MOST_ARMS = 100
EXAMPLE_LENGTH = 40
NO_VALUE = (
    "",
    "na",
    "nan",
    "n/a",
    "null",
    "none",
    "inf",
    "-inf",
    "infinity",
    "-infinity",
)


def load(file: TableFile, plan: Plan) -> list[str]:
    """Copy the plan's columns into the table `rows` (arm, unit, v0 …) and return what
    is wrong with single rows.

    A cell that holds no finite number becomes NULL. Raise FileError for a missing
    column, for one without any number and for an arm column that is none.
    """
    _require_columns(file, plan)
    values = [
        f"{_counted(column, plan, file.is_text)} AS v{i}"
        for i, column in enumerate(plan.value_columns)
    ]
    strata = [f"{_label(column)} AS s{i}" for i, column in enumerate(plan.strata)]
    unit = _name_of_unit(plan.unit, file) if plan.unit else "NULL"
    wanted = ", ".join(
        [f"{_label(plan.arm)} AS arm", f"{unit} AS unit", *values, *strata]
    )
    asked(
        file.connection,
        f"CREATE TABLE rows AS SELECT {wanted} FROM {file.reader}",
        file.path,
    )
    _require_arms(file, plan)
    return [
        *_unread_lines(file),
        *_too_early(file, plan),
        *_renamed(file, plan),
        *_cells_without_number(file, plan),
    ]


def _label(column: str) -> str:
    """Give the name of an arm; an empty cell names none."""
    return f"nullif(trim(CAST({quoted_name(column)} AS VARCHAR)), '')"


def _name_of_unit(column: str, file: TableFile) -> str:
    """Give a unit's id: numbers stay numbers, which group much faster than text."""
    return _label(column) if file.types[column] == "VARCHAR" else quoted_name(column)


def _number(column: str, is_text: bool) -> str:
    """Give a cell's finite number or NULL; true, false, yes and no count as 1 and 0."""
    name = quoted_name(column)
    number = f"TRY_CAST({name} AS DOUBLE)"
    if is_text:
        words = (
            f"CASE lower(trim({name})) WHEN 'true' THEN 1 WHEN 'yes' THEN 1 WHEN"
            " 'false' THEN 0 WHEN 'no' THEN 0 END"
        )
        number = f"coalesce({number}, {words})"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _counted(column: str, plan: Plan, is_text: bool) -> str:
    """Give a cell's number; an outcome that happened before its assignment counts for
    nothing.
    """
    number = _number(column, is_text)
    is_outcome = any(column in metric.columns for metric in plan.metrics)
    return (
        f"CASE WHEN NOT {_is_early(plan)} THEN {number} END"
        if plan.happened_at and is_outcome
        else number
    )


def _is_early(plan: Plan) -> str:
    happened, assigned = (
        f"TRY_CAST({quoted_name(column)} AS TIMESTAMP)"
        for column in (plan.happened_at, plan.assigned_at)
    )
    return f"coalesce({happened} < {assigned}, false)"


def _too_early(file: TableFile, plan: Plan) -> list[str]:
    if not plan.happened_at:
        return []
    (n,) = file.connection.execute(
        f"SELECT count(*) FROM {file.reader} WHERE {_is_early(plan)}"
    ).fetchall()[0]
    return (
        [f"Rows whose outcome lies before their assignment, not counted: {n:,}."]
        if n
        else []
    )


def _renamed(file: TableFile, plan: Plan) -> list[str]:
    """Arms that follow each other in time were hardly drawn from the same lot."""
    if not plan.assigned_at:
        return []
    at = f"TRY_CAST({quoted_name(plan.assigned_at)} AS TIMESTAMP)"
    spans = file.connection.execute(
        f"SELECT {_label(plan.arm)} AS named, min({at}), max({at}) FROM {file.reader}"
        f" GROUP BY 1 HAVING min({at}) IS NOT NULL AND named <> ? ORDER BY 2, 3",
        [plan.control],
    ).fetchall()
    return [
        f"Arm '{later}' begins when arm '{earlier}' has ended: was it renamed midway?"
        for (earlier, _from, ended), (later, begins, _to) in combinations(spans, 2)
        if begins > ended
    ]


def _require_columns(file: TableFile, plan: Plan) -> None:
    for column in plan.all_columns:
        if column not in file.columns:
            raise FileError(
                f"{file.path} has no column '{column}'; it has"
                f" {', '.join(file.columns[:30])}."
            )


def _require_arms(file: TableFile, plan: Plan) -> None:
    (n_arms,) = file.connection.execute(
        "SELECT count(DISTINCT arm) FROM rows"
    ).fetchall()[0]
    if n_arms > MOST_ARMS:
        raise FileError(
            f"Column '{plan.arm}' has {n_arms:,} different values: that is no column of"
            " arms."
        )


def _unread_lines(file: TableFile) -> list[str]:
    if not file.is_text:
        return []
    rejected = file.connection.execute(
        "SELECT count(DISTINCT line), min(line), arg_min(error_type, line),"
        " bool_or(error_type = 'INVALID ENCODING') FROM reject_errors"
    ).fetchall()[0]
    n_lines, first, reason, is_not_utf8 = rejected
    if is_not_utf8:
        raise FileError(f"{file.path} is not UTF-8 (line {first}): save it as UTF-8.")
    if not n_lines:
        return []
    return [
        f"Lines that can't be read, left out: {n_lines:,}, first line {first}:"
        f" {reason.lower()}."
    ]


def _cells_without_number(file: TableFile, plan: Plan) -> list[str]:
    n_rows, *filled = file.connection.execute(
        "SELECT count(*),"
        f" {', '.join(f'count(v{i})' for i in range(len(plan.value_columns)))} FROM"
        " rows"
    ).fetchall()[0]
    short = [
        column
        for column, n_filled in zip(plan.value_columns, filled, strict=True)
        if n_filled < n_rows
    ]
    return [problem for column in short if (problem := _cell_problem(file, column))]


def _cell_problem(file: TableFile, column: str) -> str:
    cell = f"CAST({quoted_name(column)} AS VARCHAR)"
    blank = f"coalesce(lower(trim({cell})), '') IN {NO_VALUE}"
    n_rows, n_wrong, example = file.connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE NOT {blank}),"
        f" left(min({cell}) FILTER (WHERE NOT {blank}), {EXAMPLE_LENGTH})"
        f" FROM {file.reader} WHERE {_number(column, file.is_text)} IS NULL"
    ).fetchall()[0]
    if not n_rows:
        return ""  # every cell holds a number; some came too early
    if n_wrong and not _has_numbers(file, column):
        raise FileError(
            f"Column '{column}' holds no numbers, but for example '{example}'."
        )
    wrong = f"; {n_wrong:,} of them hold text such as '{example}'" if n_wrong else ""
    return f"Rows without a number in '{column}': {n_rows:,}{wrong}."


def _has_numbers(file: TableFile, column: str) -> bool:
    number = _number(column, file.is_text)
    return bool(
        file.connection.execute(
            f"SELECT 1 FROM {file.reader} WHERE {number} IS NOT NULL LIMIT 1"
        ).fetchall()
    )
