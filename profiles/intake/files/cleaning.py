"""Clean a batch of rows in one statement of DuckDB, and say of each bad row which cell
is wrong and why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import FunctionNullHandling

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
from profiles.intake.iso_times import iso_or_none
from profiles.intake.kinds.base import Clean, Column, ImportKind
from profiles.intake.normalisation import ids
from profiles.intake.normalisation.ages import age_or_none
from profiles.intake.normalisation.channels import channel_or_none
from profiles.intake.normalisation.countries import country_or_none
from profiles.intake.normalisation.emails import email_or_none
from profiles.intake.normalisation.genders import gender_or_none
from profiles.intake.normalisation.languages import language_or_none
from profiles.intake.normalisation.phones import phone_or_none
from profiles.intake.normalisation.time_zones import zone_or_none

from .cells import as_words, levels, readable, trimmed, unmarked, without_nobodies
from .contents import Contents
from .source import NAMELESS
from .written_cells import SpreadsheetIds, WrittenNumbers

AHEAD = timedelta(minutes=5)  # clocks of tills differ
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


@dataclass(frozen=True)
class Cleaned:
    """A batch after cleaning; ``bad`` has line, column, reason and the row as JSON.

    ``lost`` has the same of cells that were left out of good rows.
    """

    good: Clean
    bad: pa.Table
    lost: pa.Table


@dataclass(frozen=True)
class Surroundings:
    """What cells are read by."""

    time_zone: str
    now: datetime
    country: str
    currency: str
    file_key: str  # sixteen hexadecimal digits of the file's hash


class Cleaning:
    """The cleaning of one file. Raw columns are called r0, r1 … inside, clean ones by
    their own names.
    """

    def __init__(
        self, kind: ImportKind, header: Sequence[str], surroundings: Surroundings
    ) -> None:
        self.kind, self.header = kind, list(header)
        self.raw = {name: f"r{n}" for n, name in enumerate(header)}
        self.columns = [column for column in kind.columns if column.name in self.raw]
        known = {column.name for column in kind.columns}
        named = [name for name in header if not name.startswith(NAMELESS)]
        self.extras = (
            [name for name in named if name not in known] if kind.extra else []
        )
        self.connection = _connect(surroundings)
        self.numbers = WrittenNumbers(surroundings.currency)
        self.ids = SpreadsheetIds()

    def clean(self, rows: pa.Table) -> Cleaned:
        """Clean one batch."""
        names = [self.raw.get(name, "line") for name in rows.column_names]
        batch = pa.table(
            [self._plain(name, rows[name]) for name in rows.column_names], names=names
        )
        batch, contents = self._looked_at(batch)
        self.connection.register("batch", batch)
        self.connection.execute(self._statement(contents))
        good = self.connection.sql(self._good()).to_arrow_table()
        bad = self.connection.sql(self._bad()).to_arrow_table()
        lost = bad.slice(0, 0)
        if self._dispensable():
            lost = self.connection.sql(self._lost()).to_arrow_table()
        self.connection.unregister("batch")
        return Cleaned(Clean(good, self._types()), bad, lost)

    def _looked_at(self, batch: pa.Table) -> tuple[pa.Table, Contents]:
        """The batch with a column more for each one of numbers that people wrote, and
        what else it holds.
        """
        written = []
        known = {self.raw[one.name]: self._sql(one) for one in self.columns}
        for raw, cell in known.items():
            if cell.kind == "numeric" and pa.types.is_string(batch[raw].type):
                currency = self.raw.get("currency")
                numbers = self.numbers.read(
                    raw,
                    batch[raw],
                    batch[currency] if currency else None,
                    is_money=cell.is_money,
                )
                if numbers is not None:
                    batch = batch.append_column(_read(raw), numbers)
                    written.append(raw)
        ids = [raw for raw, cell in known.items() if cell.is_id]
        return batch, Contents.of(batch, ids, written)

    def _plain(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The cells as DuckDB can read them; what is no number is an empty cell, unless
        a number is asked for.
        """
        column = levels(readable(column)) if name == "category" else readable(column)
        known = {one.name: self._sql(one) for one in self.columns}.get(name)
        if not pa.types.is_floating(column.type):
            is_id = known is not None and known.is_id
            column = unmarked(trimmed(column), is_id=is_id)
            column = self.ids.without_points(name, column) if is_id else column
            return (
                without_nobodies(column)
                if known is not None and known.is_person
                else column
            )
        if name in self.extras:
            return pc.if_else(pc.is_finite(column), column, None)
        return (
            as_words(column) if known is not None and known.kind == "text" else column
        )

    def _statement(self, looks: Contents) -> str:
        sql = {column.name: self._sql(column, looks) for column in self.columns}
        values = [f"{cell.value} AS {_id(name)}" for name, cell in sql.items()]
        wrong = {
            one.name: _problem(one, self.raw[one.name], sql[one.name], looks)
            for one in self.columns
        }
        losses = [
            f"{wrong.pop(one.name)} AS {_loss(one)}" for one in self._dispensable()
        ]
        present = _Present(column.name for column in self.columns)
        checks = [
            f"CASE WHEN {one.wrong.format_map(present)} THEN {_text(f'{one.column}|{one.reason}')} END"
            for one in self.kind.checks
        ]
        problems = [*wrong.values(), *checks]
        if self.extras:
            extra = _id(str(self.kind.extra))
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
            _id(name)
            for name in [*sql, *([str(self.kind.extra)] if self.extras else []), "line"]
        )
        return f"""
            CREATE OR REPLACE TEMP TABLE cleaned AS
            SELECT {", ".join([names, *losses])}, coalesce({", ".join([*problems, "NULL"])}) AS "#problem"
            FROM (SELECT *, {", ".join(values)} FROM batch)
        """

    def _dispensable(self) -> list[Column]:
        return [column for column in self.columns if column.is_dispensable]

    def _sql(self, column: Column, looks: Contents | None = None) -> SqlCell:
        raw = self.raw[column.name]
        is_read = looks is not None and raw in looks.written
        return column.clean(_read(raw) if is_read else raw, self.raw)

    def _extra(self) -> str:
        """Unknown columns as one JSON object without empty cells; NULL when all are
        empty.
        """
        whole = f"json_object({', '.join(f'{_text(name)}, {self.raw[name]}' for name in self.extras)})"
        some = " OR ".join(f"{self.raw[name]} IS NULL" for name in self.extras)
        every = " AND ".join(f"{self.raw[name]} IS NULL" for name in self.extras)
        return (
            f"CASE WHEN {every} THEN NULL WHEN {some} THEN json_merge_patch('{{}}',"
            f" {whole}) ELSE {whole} END"
        )

    def _good(self) -> str:
        names = [column.name for column in self.columns] + (
            [str(self.kind.extra)] if self.extras else []
        )
        absent = [
            self._nothing(column)
            for column in self.kind.columns
            if column.name in self.kind.reads - set(names)
        ]
        whole = {
            one.name: f"CASE WHEN {_loss(one)} IS NULL THEN {_id(one.name)} END"
            for one in self._dispensable()
        }
        present = [
            f"{whole[name]} AS {_id(name)}" if name in whole else _id(name)
            for name in names
        ]
        inner = ", ".join([*present, *absent, "line"])
        kept = [
            _id(name)
            for name in [*names, "line"]
            if name not in self.kind.derived and name not in self.kind.reads
        ]
        derived = [f"{sql} AS {_id(name)}" for name, sql in self.kind.derived.items()]
        outer = ", ".join([*kept, *derived])
        return (
            f'SELECT {outer} FROM (SELECT {inner} FROM cleaned WHERE "#problem" IS'
            " NULL)"
        )

    def _nothing(self, column: Column) -> str:
        kind = column.clean("NULL", {}).kind
        return (
            f"CAST(NULL AS {DUCKDB_TYPES.get(kind, 'VARCHAR')}) AS {_id(column.name)}"
        )

    def _bad(self) -> str:
        return self._noted(
            'SELECT line, "#problem" AS said FROM cleaned WHERE "#problem" IS NOT NULL'
        )

    def _lost(self) -> str:
        """Cells that were left out of good rows; a row may have several."""
        each = [
            f"SELECT line, {_loss(one)} AS said FROM cleaned WHERE {_loss(one)} IS NOT"
            ' NULL AND "#problem" IS NULL'
            for one in self._dispensable()
        ]
        return self._noted(" UNION ALL ".join(each))

    def _noted(self, said: str) -> str:
        """Line, column, reason and row as JSON of what was ``said`` as column|reason."""
        cells = ", ".join(
            f"{_text(name)}, replace(CAST({raw} AS VARCHAR), chr(0), '')"
            for name, raw in self.raw.items()
        )
        return f"""
            SELECT line, split_part(said, '|', 1) AS "column", split_part(said, '|', 2) AS reason,
                CAST(json_object({cells}) AS VARCHAR) AS "row"
            FROM ({said}) AS noted JOIN batch USING (line) ORDER BY line
        """

    def _types(self) -> dict[str, str]:
        types = {column.name: self._sql(column).kind for column in self.columns}
        return (
            types
            | ({str(self.kind.extra): "jsonb"} if self.extras else {})
            | {"line": "bigint"}
        )


def _connect(surroundings: Surroundings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"SET TimeZone = {_text(surroundings.time_zone)}")
    connection.execute(
        f"SET VARIABLE latest = TIMESTAMPTZ '{(surroundings.now + AHEAD).isoformat()}'"
    )
    connection.execute(f"SET VARIABLE currency = {_text(surroundings.currency)}")
    connection.execute(f"SET VARIABLE country = {_text(surroundings.country)}")
    connection.execute(f"SET VARIABLE file_key = {_text(surroundings.file_key)}")
    special = FunctionNullHandling.SPECIAL  # they answer NULL for what is wrong
    connection.create_function(
        "email_or_none", email_or_none, ["VARCHAR"], "VARCHAR", null_handling=special
    )
    connection.create_function(
        "iso_or_none", iso_or_none, ["VARCHAR"], "VARCHAR", null_handling=special
    )
    for reader in (
        country_or_none,
        language_or_none,
        gender_or_none,
        age_or_none,
        zone_or_none,
        channel_or_none,
    ):
        connection.create_function(
            reader.__name__, reader, ["VARCHAR"], "VARCHAR", null_handling=special
        )
    connection.create_function(
        "phone_or_none",
        phone_or_none,
        ["VARCHAR", "VARCHAR"],
        "VARCHAR",
        null_handling=special,
    )
    return connection


def _problem(column: Column, raw: str, cell: SqlCell, looks: Contents) -> str:
    """SQL of ``column|reason`` for a bad cell, NULL for a good one."""
    missing = _text(f"{column.name}|{MISSING}") if column.is_required else "NULL"
    wrong = cell.wrong.replace("$", _id(column.name))
    if looks.has_nul and cell.kind == "text":
        wrong = (
            f"CASE WHEN contains({_id(column.name)}, chr(0)) THEN '{FORBIDDEN}' ELSE"
            f" {wrong} END"
        )
    if looks.has_plus and cell.is_id:
        is_short = f"regexp_full_match({_id(column.name)}, '{ids.SHORTENED.pattern}')"
        wrong = f"CASE WHEN {is_short} THEN '{SHORTENED_NUMBER}' ELSE {wrong} END"
    if looks.has_point and cell.is_id:
        is_pointed = f"regexp_full_match({_id(column.name)}, '{ids.POINTED}')"
        wrong = f"CASE WHEN {is_pointed} THEN '{POINTED_ID}' ELSE {wrong} END"
    if raw in looks.written:
        why = f"{_read(raw)} IN ('{TWO_NUMBERS}', '{OTHER_CURRENCY}')"
        wrong = f"CASE WHEN {why} THEN {_read(raw)} ELSE {wrong} END"
    if looks.longest > cell.most and cell.kind == "text":
        too_long = f"length({_id(column.name)}) > {cell.most}"
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
        f"CASE WHEN {raw} IS NULL THEN {missing} ELSE {_text(column.name + '|')} ||"
        f" {wrong} END"
    )


class _Present(dict[str, str]):
    """The SQL of clean columns, NULL for those that a file lacks."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((name, _id(name)) for name in names)

    def __missing__(self, name: str) -> str:
        return "NULL"


def _read(raw: str) -> str:
    """The name of a column's numbers as programs write them, beside the raw one."""
    return f"{raw}_read"


def _loss(column: Column) -> str:
    """The name under which it stands why a dispensable cell is left out."""
    return _id(f"#{column.name}")


def _id(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
