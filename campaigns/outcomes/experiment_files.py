"""An experiment's file, read by DuckDB: CSV, CSV.gz or Parquet of any length, never
whole in memory.
"""

# ruff: noqa: S608 - names are ours or quoted, values are numbers

import codecs
import glob
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from campaigns.stats.experiment_spec import Plan

MEMORY_LIMIT = "1GB"  # DuckDB spills what is more into the temporary folder
MOST_ARMS = 100
EXAMPLE_LENGTH = 40
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
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


class FileError(ValueError):
    """The file can't be read: one clear sentence."""


@dataclass(frozen=True)
class ExperimentFile:
    path: Path
    connection: duckdb.DuckDBPyConnection
    reader: str  # a table function, with its path escaped
    types: dict[str, str]  # by column name, DuckDB's words
    is_text: bool  # every cell is still text

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.types)


@contextmanager
def opened(path: Path) -> Iterator[ExperimentFile]:
    """Open a file by what it is, not by what it is called. Raise FileError."""
    head = _first_bytes(path)
    is_text = not head.startswith(PARQUET)
    reader = _reader(path, head)
    with (
        TemporaryDirectory(prefix="rapport-effect-") as folder,
        duckdb.connect(f"{folder}/rows.duckdb") as connection,
    ):
        connection.execute(
            f"SET memory_limit = '{MEMORY_LIMIT}'; SET preserve_insertion_order = false"
        )
        connection.execute("SET enable_progress_bar = false")
        described = _asked(connection, f"DESCRIBE SELECT * FROM {reader}", path)
        yield ExperimentFile(
            path,
            connection,
            reader,
            {name: kind for name, kind, *_ in described},
            is_text,
        )


def load(file: ExperimentFile, plan: Plan) -> list[str]:
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
    _asked(
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


def quoted(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as opened_file:
            head = opened_file.read(4096)
    except OSError as error:
        raise FileError(f"{path} can't be read: {error.strerror}.") from error
    if not head:
        raise FileError(f"{path} is empty.")
    if b"\0" in head and not head.startswith((GZIP, PARQUET)):
        raise FileError(f"{path} is neither CSV in UTF-8 nor CSV.gz nor Parquet.")
    if not head.startswith(PARQUET) and not _is_utf8(head):
        raise FileError(f"{path} is not UTF-8: save it as UTF-8.")
    return head


def _is_utf8(head: bytes) -> bool:
    """Look at the beginning of a text, packed or not; what can't be unpacked is for the
    reader to name.
    """
    try:
        text = (
            zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head)
            if head.startswith(GZIP)
            else head
        )
        # a letter may be cut at the end
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    except zlib.error:
        return True
    return True


def _reader(path: Path, head: bytes) -> str:
    literal = "'" + glob.escape(str(path)).replace("'", "''") + "'"
    if head.startswith(PARQUET):
        return f"read_parquet({literal})"
    compression = "gzip" if head.startswith(GZIP) else "none"
    return (
        f"read_csv({literal}, header=true, all_varchar=true, store_rejects=true,"
        f" compression='{compression}')"
    )


def _asked(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> list[tuple]:
    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise FileError(
            f"{path} can't be read as CSV, CSV.gz or Parquet: {reason}"
        ) from error


def _label(column: str) -> str:
    """Give the name of an arm; an empty cell names none."""
    return f"nullif(trim(CAST({quoted(column)} AS VARCHAR)), '')"


def _name_of_unit(column: str, file: ExperimentFile) -> str:
    """Give a unit's id: numbers stay numbers, which group much faster than text."""
    return _label(column) if file.types[column] == "VARCHAR" else quoted(column)


def _number(column: str, is_text: bool) -> str:
    """Give a cell's finite number or NULL; true, false, yes and no count as 1 and 0."""
    name = quoted(column)
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
        f"TRY_CAST({quoted(column)} AS TIMESTAMP)"
        for column in (plan.happened_at, plan.assigned_at)
    )
    return f"coalesce({happened} < {assigned}, false)"


def _too_early(file: ExperimentFile, plan: Plan) -> list[str]:
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


def _renamed(file: ExperimentFile, plan: Plan) -> list[str]:
    """Arms that follow each other in time were hardly drawn from the same lot."""
    if not plan.assigned_at:
        return []
    at = f"TRY_CAST({quoted(plan.assigned_at)} AS TIMESTAMP)"
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


def _require_columns(file: ExperimentFile, plan: Plan) -> None:
    for column in plan.all_columns:
        if column not in file.columns:
            raise FileError(
                f"{file.path} has no column '{column}'; it has"
                f" {', '.join(file.columns[:30])}."
            )


def _require_arms(file: ExperimentFile, plan: Plan) -> None:
    (n_arms,) = file.connection.execute(
        "SELECT count(DISTINCT arm) FROM rows"
    ).fetchall()[0]
    if n_arms > MOST_ARMS:
        raise FileError(
            f"Column '{plan.arm}' has {n_arms:,} different values: that is no column of"
            " arms."
        )


def _unread_lines(file: ExperimentFile) -> list[str]:
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


def _cells_without_number(file: ExperimentFile, plan: Plan) -> list[str]:
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


def _cell_problem(file: ExperimentFile, column: str) -> str:
    cell = f"CAST({quoted(column)} AS VARCHAR)"
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


def _has_numbers(file: ExperimentFile, column: str) -> bool:
    number = _number(column, file.is_text)
    return bool(
        file.connection.execute(
            f"SELECT 1 FROM {file.reader} WHERE {number} IS NOT NULL LIMIT 1"
        ).fetchall()
    )
