"""Clean a batch of rows in one statement of DuckDB, and say of each bad row which cell is wrong and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import FunctionNullHandling

from profiles.intake.cleaners import MISSING, SqlCell
from profiles.intake.contacts import email_or_none, phone_or_none
from profiles.intake.kinds.base import Clean, Column, ImportKind

AHEAD = timedelta(minutes=5)  # clocks of tills differ
BLANK = "\u200b\ufeff"  # invisible, yet no white space in Unicode's words
DUCKDB_TYPES = {"numeric": "DECIMAL(20, 8)", "timestamptz": "TIMESTAMPTZ", "date": "DATE", "boolean": "BOOLEAN"}
FORBIDDEN = "forbidden character"
NO_JSON = r"\u0000"  # as DuckDB writes it; PostgreSQL's JSON can't hold it


@dataclass(frozen=True)
class Cleaned:
    """A batch after cleaning; ``bad`` has line, column, reason and the row as JSON."""

    good: Clean
    bad: pa.Table


@dataclass(frozen=True)
class Surroundings:
    """What cells are read by."""

    time_zone: str
    now: datetime
    country: str
    currency: str
    file_key: str  # sixteen hexadecimal digits of the file's hash


class Cleaning:
    """The cleaning of one file. Raw columns are called r0, r1 … inside, clean ones by their own names."""

    def __init__(self, kind: ImportKind, header: Sequence[str], surroundings: Surroundings) -> None:
        self.kind, self.header = kind, list(header)
        self.raw = {name: f"r{n}" for n, name in enumerate(header)}
        self.columns = [column for column in kind.columns if column.name in self.raw]
        known = {column.name for column in kind.columns}
        self.extras = [name for name in header if name not in known] if kind.extra else []
        self.connection = _connect(surroundings)

    def clean(self, rows: pa.Table) -> Cleaned:
        """Clean one batch."""
        names = [self.raw.get(name, "line") for name in rows.column_names]
        batch = pa.table([_trimmed(column) for column in rows.columns], names=names)
        self.connection.register("batch", batch)
        self.connection.execute(self._statement(has_nul=_has_nul(batch)))
        good = self.connection.sql(self._good()).to_arrow_table()
        bad = self.connection.sql(self._bad()).to_arrow_table()
        self.connection.unregister("batch")
        return Cleaned(Clean(good, self._types()), bad)

    def _statement(self, *, has_nul: bool) -> str:
        sql = {column.name: self._sql(column) for column in self.columns}
        values = [f"{cell.value} AS {_id(name)}" for name, cell in sql.items()]
        problems = [_problem(column, self.raw[column.name], sql[column.name], has_nul) for column in self.columns]
        if self.extras:
            extra = _id(str(self.kind.extra))
            values.append(f"CAST({self._extra()} AS VARCHAR) AS {extra}")
            problems.append(f"CASE WHEN contains({extra}, '{NO_JSON}') THEN '{self.kind.extra}|{FORBIDDEN}' END")
        names = ", ".join(_id(name) for name in [*sql, *([str(self.kind.extra)] if self.extras else []), "line"])
        return f"""
            CREATE OR REPLACE TEMP TABLE cleaned AS
            SELECT {names}, coalesce({", ".join([*problems, "NULL"])}) AS "#problem"
            FROM (SELECT *, {", ".join(values)} FROM batch)
        """

    def _sql(self, column: Column) -> SqlCell:
        return column.clean(self.raw[column.name], self.raw)

    def _extra(self) -> str:
        """Unknown columns as one JSON object without empty cells; NULL when all are empty."""
        whole = f"json_object({', '.join(f'{_text(name)}, {self.raw[name]}' for name in self.extras)})"
        some = " OR ".join(f"{self.raw[name]} IS NULL" for name in self.extras)
        every = " AND ".join(f"{self.raw[name]} IS NULL" for name in self.extras)
        return f"CASE WHEN {every} THEN NULL WHEN {some} THEN json_merge_patch('{{}}', {whole}) ELSE {whole} END"

    def _good(self) -> str:
        names = [column.name for column in self.columns] + ([str(self.kind.extra)] if self.extras else [])
        absent = [self._nothing(column) for column in self.kind.columns if column.name in self.kind.reads - set(names)]
        inner = ", ".join([*map(_id, names), *absent, "line"])
        kept = [_id(name) for name in [*names, "line"] if name not in self.kind.derived and name not in self.kind.reads]
        derived = [f"{sql} AS {_id(name)}" for name, sql in self.kind.derived.items()]
        outer = ", ".join([*kept, *derived])
        return f'SELECT {outer} FROM (SELECT {inner} FROM cleaned WHERE "#problem" IS NULL)'

    def _nothing(self, column: Column) -> str:
        kind = column.clean("NULL", {}).kind
        return f"CAST(NULL AS {DUCKDB_TYPES.get(kind, 'VARCHAR')}) AS {_id(column.name)}"

    def _bad(self) -> str:
        cells = ", ".join(
            f"{_text(name)}, replace(CAST({raw} AS VARCHAR), chr(0), '')" for name, raw in self.raw.items()
        )
        return f"""
            SELECT line, split_part("#problem", '|', 1) AS "column", split_part("#problem", '|', 2) AS reason,
                CAST(json_object({cells}) AS VARCHAR) AS "row"
            FROM (SELECT line, "#problem" FROM cleaned WHERE "#problem" IS NOT NULL) JOIN batch USING (line)
            ORDER BY line
        """

    def _types(self) -> dict[str, str]:
        types = {column.name: self._sql(column).kind for column in self.columns}
        return types | ({str(self.kind.extra): "jsonb"} if self.extras else {}) | {"line": "bigint"}


def _connect(surroundings: Surroundings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"SET TimeZone = {_text(surroundings.time_zone)}")
    connection.execute(f"SET VARIABLE latest = TIMESTAMPTZ '{(surroundings.now + AHEAD).isoformat()}'")
    connection.execute(f"SET VARIABLE currency = {_text(surroundings.currency)}")
    connection.execute(f"SET VARIABLE country = {_text(surroundings.country)}")
    connection.execute(f"SET VARIABLE file_key = {_text(surroundings.file_key)}")
    special = FunctionNullHandling.SPECIAL  # they answer NULL for what is wrong
    connection.create_function("email_or_none", email_or_none, ["VARCHAR"], "VARCHAR", null_handling=special)
    connection.create_function("phone_or_none", phone_or_none, ["VARCHAR", "VARCHAR"], "VARCHAR", null_handling=special)
    return connection


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text without blanks around it, composed (NFC), nothing for empty; typed cells of Parquet stay as they are."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    if pc.all(pc.string_is_ascii(column)).as_py() is False:
        column = pc.utf8_trim(pc.utf8_normalize(column, "NFC"), BLANK)
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(column, ""), None, column) if pc.any(pc.equal(column, "")).as_py() else column


def _has_nul(batch: pa.Table) -> bool:
    texts = [column for column in batch.columns if pa.types.is_string(column.type)]
    return any(pc.any(pc.match_substring(column, "\0")).as_py() for column in texts)


def _problem(column: Column, raw: str, cell: SqlCell, has_nul: bool) -> str:
    """SQL of ``column|reason`` for a bad cell, NULL for a good one."""
    missing = _text(f"{column.name}|{MISSING}") if column.is_required else "NULL"
    wrong = cell.wrong.replace("$", _id(column.name))
    if has_nul and cell.kind == "text":
        wrong = f"CASE WHEN contains({_id(column.name)}, chr(0)) THEN '{FORBIDDEN}' ELSE {wrong} END"
    if wrong == "NULL":
        return f"CASE WHEN {raw} IS NULL THEN {missing} END" if column.is_required else "NULL"
    return f"CASE WHEN {raw} IS NULL THEN {missing} ELSE {_text(column.name + '|')} || {wrong} END"


def _id(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
