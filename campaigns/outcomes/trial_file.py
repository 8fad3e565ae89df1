"""A randomised experiment's file as a trial: which columns were known before, and what
each is worth as a number.
"""

# ruff: noqa: S608 - names are quoted, values are parameters

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from campaigns.outcomes.feature_leaks import leaks
from campaigns.stats.uplift.trial import Trial
from retention_site.lib.sql_quoting import quoted_name
from retention_site.lib.table_file import FileError, TableFile, asked

MOST_LEVELS = 60
# a text that is another one in half of the rows names rows, not groups
MOST_DISTINCT = 0.5
FEWEST_TO_TELL_IDS = 50
ID_NAME = re.compile(r"(^|[\W_])(id|uuid)$", re.IGNORECASE)
MOST_SHOWN = 10
BLANKS = "('', 'na', 'nan', 'n/a', 'null', 'none')"


@dataclass(frozen=True)
class Column:
    """How a feature is read: a number, a time, or one of its levels."""

    name: str
    kind: str  # number, time or level
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialFile:
    """A trial, the rows of the file that it is made of, and what was left out."""

    trial: Trial
    rows: np.ndarray  # (n,) from 0
    columns: tuple[Column, ...]
    problems: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)  # why, by column


@dataclass(frozen=True)
class TrialColumns:
    """What is compared, by column names and the arms' values."""

    arm: str
    control: str
    treated: str
    outcome: str
    features: tuple[str, ...] = ()


def read(file: TableFile, ask: TrialColumns) -> TrialFile:
    """Read a trial; raise FileError for a column, an arm or an outcome that isn't
    there.
    """
    _require(file, (ask.arm, ask.outcome, *ask.features))
    if ask.control == ask.treated:
        raise FileError("--control and --treated name the same arm.")
    if {ask.arm, ask.outcome} & set(ask.features):
        raise FileError("Neither the arm nor the outcome can be a feature.")
    number_rows(file)
    problems = _keep_two_arms(file, ask)
    names = [name for name in file.columns if name not in (ask.arm, ask.outcome)]
    columns, left_out = _columns(file, list(ask.features) or names, bool(ask.features))
    rows, is_treated, outcome = _fetched(
        file,
        f"SELECT row_, {_text(ask.arm)} = ?, {_outcome(ask.outcome)} FROM rows"
        " ORDER BY row_",
        [ask.treated],
    )
    trial = Trial(
        features=values(file, columns),
        is_treated=is_treated.astype(bool),
        outcome=outcome.astype(np.float64),
        is_category=np.array([one.kind == "level" for one in columns], dtype=bool),
        names=tuple(one.name for one in columns),
    )
    found = leaks(trial)
    if ask.features:
        problems += [f"Feature '{name}' {why}." for name, why in found.items()]
        found = {}
    kept = [place for place, one in enumerate(columns) if one.name not in found]
    return TrialFile(
        _only(trial, kept),
        rows.astype(np.int64),
        tuple(columns[place] for place in kept),
        problems,
        left_out | found,
    )


def number_rows(file: TableFile) -> None:
    """Copy the file into the table `rows`, each row with its number from 0."""
    file.connection.execute("SET preserve_insertion_order = true")
    asked(
        file.connection,
        "CREATE TABLE rows AS SELECT *, row_number() OVER () - 1 AS row_ FROM"
        f" {file.reader}",
        file.path,
    )


def values(file: TableFile, columns: Sequence[Column]) -> np.ndarray:
    """Return the columns of the table `rows` as numbers: (n, d), unknown is NaN."""
    _require(file, tuple(one.name for one in columns))
    (n,) = file.connection.execute("SELECT count(*) FROM rows").fetchall()[0]
    found = np.empty((n, len(columns)))
    for place, one in enumerate(columns):
        sql = f"SELECT {_expression(one)} AS value FROM rows ORDER BY row_"
        (found[:, place],) = _fetched(
            file, sql, [list(one.levels)] if one.levels else []
        )
    return found


def _only(trial: Trial, kept: list[int]) -> Trial:
    return Trial(
        trial.features[:, kept],
        trial.is_treated,
        trial.outcome,
        trial.is_category[kept],
        tuple(trial.names[place] for place in kept),
    )


def _require(file: TableFile, names: Sequence[str]) -> None:
    for name in names:
        if name not in file.columns:
            raise FileError(
                f"{file.path} has no column '{name}'; it has"
                f" {', '.join(file.columns[:30])}."
            )


def _keep_two_arms(file: TableFile, ask: TrialColumns) -> list[str]:
    """Drop the rows of other arms and those without an outcome, and count them."""
    arms = dict(
        file.connection.execute(
            f"SELECT {_text(ask.arm)}, count(*) FROM rows GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    )
    for value in (ask.control, ask.treated):
        if value not in arms:
            seen = ", ".join(
                str(arm) for arm in [*arms][:MOST_SHOWN] if arm is not None
            )
            raise FileError(
                f"No row has '{value}' in '{ask.arm}'; it holds {seen or 'nothing'}."
            )
    n_others = sum(
        n for arm, n in arms.items() if arm not in (ask.control, ask.treated)
    )
    _delete(file, f"coalesce({_text(ask.arm)} NOT IN (?, ?), true)", ask)
    n_left, n_known, example = file.connection.execute(
        f"SELECT count(*), count({_outcome(ask.outcome)}), left(min({_text(ask.outcome)})"
        f" FILTER (WHERE {_outcome(ask.outcome)} IS NULL), 40) FROM rows"
    ).fetchall()[0]
    if n_left and not n_known:
        raise FileError(
            f"Column '{ask.outcome}' holds no numbers, but for example '{example}'."
        )
    _delete(file, f"{_outcome(ask.outcome)} IS NULL")
    said = (
        (n_others, "Rows of other arms or none, left out"),
        (n_left - n_known, f"Rows without a number in '{ask.outcome}', left out"),
    )
    return [f"{words}: {n:,}." for n, words in said if n]


def _delete(file: TableFile, condition: str, ask: TrialColumns | None = None) -> None:
    values_of = [ask.control, ask.treated] if ask else []
    file.connection.execute(f"DELETE FROM rows WHERE {condition}", values_of)


def _columns(
    file: TableFile, names: list[str], is_asked: bool
) -> tuple[list[Column], dict[str, str]]:
    columns, left_out = [], {}
    for name in names:
        why, column = _column(file, name)
        if why == IS_ID and is_asked:
            why = ""
        if why:
            left_out[name] = why
        elif column:
            columns.append(column)
    return columns, left_out


IS_ID = "names each row"


def _column(file: TableFile, name: str) -> tuple[str, Column | None]:
    """Say why a column tells nothing, or how it is read."""
    text, number = _text(name), _number(name)
    n, n_filled, n_numbers, n_times, n_distinct, span, n_fractions = (
        file.connection.execute(
            f"SELECT count(*), count({text}), count({number}),"
            f" count(TRY_CAST({text} AS TIMESTAMP)), approx_count_distinct({text}),"
            f" max({number}) - min({number}),"
            f" count(*) FILTER (WHERE {number} <> floor({number})) FROM rows"
        ).fetchall()[0]
    )
    if not n_filled:
        return "is empty", None
    if n_distinct > MOST_DISTINCT * n_filled / 2:
        (n_distinct,) = file.connection.execute(
            f"SELECT count(DISTINCT {text}) FROM rows"
        ).fetchall()[0]
    if n_distinct == 1 and n_filled == n:
        return "is the same in every row", None
    is_number, is_time = n_numbers == n_filled, n_times == n_filled
    if is_number:
        is_dense = n_fractions == 0 and span is not None and span < 10 * n
        is_id = n_distinct == n and n >= FEWEST_TO_TELL_IDS and is_dense
        is_id = is_id or bool(ID_NAME.search(name) and n_distinct > MOST_DISTINCT * n)
        return (IS_ID if is_id else ""), Column(name, "number")
    if is_time:
        return "", Column(name, "time")
    levels = file.connection.execute(
        f"SELECT {text} FROM rows WHERE {text} IS NOT NULL GROUP BY 1"
        f" ORDER BY count(*) DESC, 1 LIMIT {MOST_LEVELS}"
    ).fetchall()
    is_id = n_distinct > MOST_DISTINCT * n and n_distinct > MOST_LEVELS
    return (IS_ID if is_id else ""), Column(
        name, "level", tuple(one for (one,) in levels)
    )


def _expression(column: Column) -> str:
    if column.kind == "number":
        return f"coalesce({_number(column.name)}, 'nan'::DOUBLE)"
    text = _text(column.name)
    if column.kind == "time":
        seconds = f"epoch(TRY_CAST({text} AS TIMESTAMP))"
        return f"coalesce({seconds} / 86400.0, 'nan'::DOUBLE)"
    # a level that is rare or new is known to be none of the others
    place = f"coalesce(nullif(list_position(?, {text}), 0) - 1, {len(column.levels)})"
    return f"CASE WHEN {text} IS NULL THEN 'nan'::DOUBLE ELSE {place}::DOUBLE END"


def _text(name: str) -> str:
    cell = f"trim(CAST({quoted_name(name)} AS VARCHAR))"
    return f"CASE WHEN lower({cell}) NOT IN {BLANKS} THEN {cell} END"


def _number(name: str) -> str:
    number = f"TRY_CAST({_text(name)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _outcome(name: str) -> str:
    """Give an outcome's number; true and yes count as 1, false and no as 0."""
    return (
        f"CASE lower({_text(name)}) WHEN 'true' THEN 1.0 WHEN 'yes' THEN 1.0"
        f" WHEN 'false' THEN 0.0 WHEN 'no' THEN 0.0 ELSE {_number(name)} END"
    )


def _fetched(file: TableFile, sql: str, parameters: list) -> list[np.ndarray]:
    found = file.connection.execute(sql, parameters).fetchnumpy()
    return [np.asarray(each) for each in found.values()]
