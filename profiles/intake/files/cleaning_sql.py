"""The SQL that cleans a batch of rows: what a file's columns become, and what is wrong
with a row.
"""

from collections.abc import Iterable, Sequence

from profiles.intake.cleaners import (
    MISSING,
    MOST_CHARACTERS,
    NOT_A_NUMBER,
    OTHER_CURRENCY,
    POINTED_ID,
    SHORTENED_NUMBER,
    TWO_NUMBERS,
    SqlCell,
)
from profiles.intake.kinds.base import Column, ImportKind
from profiles.intake.normalisation import ids
from retention_site.lib.sql_quoting import quoted_name, quoted_text

from .contents import Contents
from .source import NAMELESS

DUCKDB_TYPES = {
    "numeric": "DECIMAL(20, 8)",
    "timestamptz": "TIMESTAMPTZ",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
FORBIDDEN = "forbidden character"
NO_JSON = r"\u0000"  # as DuckDB writes it; PostgreSQL's JSON can't hold it
# of lists and structures; plain cells of this kind are empty
NO_JSON_NUMBER = r"[:\[,](NaN|-?Infinity)[,\]}]"


class CleaningSql:
    """The statements for one file. Raw columns are called r0, r1 … inside, clean ones
    by their own names.
    """

    def __init__(self, kind: ImportKind, header: Sequence[str]) -> None:
        self.kind = kind
        self.raw = {name: f"r{n}" for n, name in enumerate(header)}
        self.columns = [column for column in kind.columns if column.name in self.raw]
        known = {column.name for column in kind.columns}
        named = [name for name in header if not name.startswith(NAMELESS)]
        self.extras = (
            [name for name in named if name not in known] if kind.extra else []
        )

    def statement(self, looks: Contents) -> str:
        sql = {column.name: self.cell(column, looks) for column in self.columns}
        values = [f"{cell.value} AS {quoted_name(name)}" for name, cell in sql.items()]
        wrong = {
            one.name: _problem(one, self.raw[one.name], sql[one.name], looks)
            for one in self.columns
        }
        losses = [
            f"{wrong.pop(one.name)} AS {_loss(one)}" for one in self.dispensable()
        ]
        present = _Present(column.name for column in self.columns)
        checks = [
            f"CASE WHEN {one.wrong.format_map(present)} THEN {quoted_text(f'{one.column}|{one.reason}')} END"
            for one in self.kind.checks
        ]
        problems = [*wrong.values(), *checks]
        if self.extras:
            extra = quoted_name(str(self.kind.extra))
            values.append(f"CAST({self._extra()} AS VARCHAR) AS {extra}")
            problems.append(
                f"CASE WHEN contains({extra}, '{NO_JSON}') THEN"
                f" '{self.kind.extra}|{FORBIDDEN}' END"
            )
            if looks.longest > MOST_CHARACTERS:
                long = " OR ".join(
                    f"length(CAST({self.raw[name]} AS VARCHAR)) > {MOST_CHARACTERS}"
                    for name in self.extras
                )
                problems.append(
                    f"CASE WHEN {long} THEN '{self.kind.extra}|longer than"
                    f" {MOST_CHARACTERS} characters' END"
                )
            if looks.is_nested:
                no_number = f"regexp_matches({extra}, '{NO_JSON_NUMBER}')"
                problems.append(
                    f"CASE WHEN {no_number} THEN '{self.kind.extra}|{NOT_A_NUMBER}' END"
                )
        names = ", ".join(
            quoted_name(name)
            for name in [*sql, *([str(self.kind.extra)] if self.extras else []), "line"]
        )
        return f"""
            CREATE OR REPLACE TEMP TABLE cleaned AS
            SELECT {", ".join([names, *losses])}, coalesce({", ".join([*problems, "NULL"])}) AS "#problem"
            FROM (SELECT *, {", ".join(values)} FROM batch)
        """

    def dispensable(self) -> list[Column]:
        return [column for column in self.columns if column.is_dispensable]

    def cell(self, column: Column, looks: Contents | None = None) -> SqlCell:
        raw = self.raw[column.name]
        is_read = looks is not None and raw in looks.written
        return column.clean(read_name(raw) if is_read else raw, self.raw)

    def _extra(self) -> str:
        """Unknown columns as one JSON object without empty cells; NULL when all are
        empty.
        """
        whole = f"json_object({', '.join(f'{quoted_text(name)}, {self.raw[name]}' for name in self.extras)})"
        some = " OR ".join(f"{self.raw[name]} IS NULL" for name in self.extras)
        every = " AND ".join(f"{self.raw[name]} IS NULL" for name in self.extras)
        return (
            f"CASE WHEN {every} THEN NULL WHEN {some} THEN json_merge_patch('{{}}',"
            f" {whole}) ELSE {whole} END"
        )

    def good(self) -> str:
        names = [column.name for column in self.columns] + (
            [str(self.kind.extra)] if self.extras else []
        )
        absent = [
            self._nothing(column)
            for column in self.kind.columns
            if column.name in self.kind.reads - set(names)
        ]
        whole = {
            one.name: f"CASE WHEN {_loss(one)} IS NULL THEN {quoted_name(one.name)} END"
            for one in self.dispensable()
        }
        present = [
            f"{whole[name]} AS {quoted_name(name)}"
            if name in whole
            else quoted_name(name)
            for name in names
        ]
        inner = ", ".join([*present, *absent, "line"])
        kept = [
            quoted_name(name)
            for name in [*names, "line"]
            if name not in self.kind.derived and name not in self.kind.reads
        ]
        derived = [
            f"{sql} AS {quoted_name(name)}" for name, sql in self.kind.derived.items()
        ]
        outer = ", ".join([*kept, *derived])
        return (
            f'SELECT {outer} FROM (SELECT {inner} FROM cleaned WHERE "#problem" IS'
            " NULL)"
        )

    def _nothing(self, column: Column) -> str:
        kind = column.clean("NULL", {}).kind
        return f"CAST(NULL AS {DUCKDB_TYPES.get(kind, 'VARCHAR')}) AS {quoted_name(column.name)}"

    def bad(self) -> str:
        return self._noted(
            'SELECT line, "#problem" AS said FROM cleaned WHERE "#problem" IS NOT NULL'
        )

    def lost(self) -> str:
        """Cells that were left out of good rows; a row may have several."""
        each = [
            f"SELECT line, {_loss(one)} AS said FROM cleaned WHERE {_loss(one)} IS NOT"
            ' NULL AND "#problem" IS NULL'
            for one in self.dispensable()
        ]
        return self._noted(" UNION ALL ".join(each))

    def _noted(self, said: str) -> str:
        """Line, column, reason and row as JSON of what was ``said`` as column|reason."""
        cells = ", ".join(
            f"{quoted_text(name)}, replace(CAST({raw} AS VARCHAR), chr(0), '')"
            for name, raw in self.raw.items()
        )
        return f"""
            SELECT line, split_part(said, '|', 1) AS "column", split_part(said, '|', 2) AS reason,
                CAST(json_object({cells}) AS VARCHAR) AS "row"
            FROM ({said}) AS noted JOIN batch USING (line) ORDER BY line
        """

    def types(self) -> dict[str, str]:
        types = {column.name: self.cell(column).kind for column in self.columns}
        return (
            types
            | ({str(self.kind.extra): "jsonb"} if self.extras else {})
            | {"line": "bigint"}
        )


def _problem(column: Column, raw: str, cell: SqlCell, looks: Contents) -> str:
    """SQL of ``column|reason`` for a bad cell, NULL for a good one."""
    missing = quoted_text(f"{column.name}|{MISSING}") if column.is_required else "NULL"
    wrong = cell.wrong.replace("$", quoted_name(column.name))
    if looks.has_nul and cell.kind == "text":
        wrong = (
            f"CASE WHEN contains({quoted_name(column.name)}, chr(0)) THEN '{FORBIDDEN}' ELSE"
            f" {wrong} END"
        )
    if looks.has_plus and cell.is_id:
        is_short = (
            f"regexp_full_match({quoted_name(column.name)}, '{ids.SHORTENED.pattern}')"
        )
        wrong = f"CASE WHEN {is_short} THEN '{SHORTENED_NUMBER}' ELSE {wrong} END"
    if looks.has_point and cell.is_id:
        is_pointed = f"regexp_full_match({quoted_name(column.name)}, '{ids.POINTED}')"
        wrong = f"CASE WHEN {is_pointed} THEN '{POINTED_ID}' ELSE {wrong} END"
    if raw in looks.written:
        why = f"{read_name(raw)} IN ('{TWO_NUMBERS}', '{OTHER_CURRENCY}')"
        wrong = f"CASE WHEN {why} THEN {read_name(raw)} ELSE {wrong} END"
    if looks.longest > cell.most and cell.kind == "text":
        too_long = f"length({quoted_name(column.name)}) > {cell.most}"
        wrong = (
            f"CASE WHEN {too_long} THEN 'longer than {cell.most} characters' ELSE"
            f" {wrong} END"
        )
    if wrong == "NULL":
        return (
            f"CASE WHEN {raw} IS NULL THEN {missing} END"
            if column.is_required
            else "NULL"
        )
    return (
        f"CASE WHEN {raw} IS NULL THEN {missing} ELSE {quoted_text(column.name + '|')} ||"
        f" {wrong} END"
    )


class _Present(dict[str, str]):
    """The SQL of clean columns, NULL for those that a file lacks."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((name, quoted_name(name)) for name in names)

    def __missing__(self, name: str) -> str:
        return "NULL"


def read_name(raw: str) -> str:
    """The name of a column's numbers as programs write them, beside the raw one."""
    return f"{raw}_read"


def _loss(column: Column) -> str:
    """The name under which it stands why a dispensable cell is left out."""
    return quoted_name(f"#{column.name}")
