"""Clean a batch of rows in one statement of DuckDB, and say of each bad row which cell
is wrong and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import FunctionNullHandling

from profiles.intake.iso_times import iso_or_none
from profiles.intake.kinds.base import Clean, ImportKind
from profiles.intake.normalisation.ages import age_or_none
from profiles.intake.normalisation.channels import channel_or_none
from profiles.intake.normalisation.countries import country_or_none
from profiles.intake.normalisation.emails import email_or_none
from profiles.intake.normalisation.genders import gender_or_none
from profiles.intake.normalisation.languages import language_or_none
from profiles.intake.normalisation.phones import phone_or_none
from profiles.intake.normalisation.time_zones import zone_or_none
from retention_site.lib.sql_quoting import quoted_text

from .cells import as_words, levels, readable, trimmed, unmarked, without_nobodies
from .cleaning_sql import CleaningSql, read_name
from .contents import Contents
from .written_cells import SpreadsheetIds, WrittenNumbers

AHEAD = timedelta(minutes=5)  # clocks of tills differ


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
        self.sql = CleaningSql(kind, header)
        self.connection = _connect(surroundings)
        self.numbers = WrittenNumbers(surroundings.currency)
        self.ids = SpreadsheetIds()

    def clean(self, rows: pa.Table) -> Cleaned:
        """Clean one batch."""
        names = [self.sql.raw.get(name, "line") for name in rows.column_names]
        batch = pa.table(
            [self._plain(name, rows[name]) for name in rows.column_names], names=names
        )
        batch, contents = self._looked_at(batch)
        self.connection.register("batch", batch)
        self.connection.execute(self.sql.statement(contents))
        good = self.connection.sql(self.sql.good()).to_arrow_table()
        bad = self.connection.sql(self.sql.bad()).to_arrow_table()
        lost = bad.slice(0, 0)
        if self.sql.dispensable():
            lost = self.connection.sql(self.sql.lost()).to_arrow_table()
        self.connection.unregister("batch")
        return Cleaned(Clean(good, self.sql.types()), bad, lost)

    def _looked_at(self, batch: pa.Table) -> tuple[pa.Table, Contents]:
        """The batch with a column more for each one of numbers that people wrote, and
        what else it holds.
        """
        written = []
        known = {self.sql.raw[one.name]: self.sql.cell(one) for one in self.sql.columns}
        for raw, cell in known.items():
            if cell.kind == "numeric" and pa.types.is_string(batch[raw].type):
                currency = self.sql.raw.get("currency")
                numbers = self.numbers.read(
                    raw,
                    batch[raw],
                    batch[currency] if currency else None,
                    is_money=cell.is_money,
                )
                if numbers is not None:
                    batch = batch.append_column(read_name(raw), numbers)
                    written.append(raw)
        ids = [raw for raw, cell in known.items() if cell.is_id]
        return batch, Contents.of(batch, ids, written)

    def _plain(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The cells as DuckDB can read them; what is no number is an empty cell, unless
        a number is asked for.
        """
        column = levels(readable(column)) if name == "category" else readable(column)
        known = {one.name: self.sql.cell(one) for one in self.sql.columns}.get(name)
        if not pa.types.is_floating(column.type):
            is_id = known is not None and known.is_id
            column = unmarked(trimmed(column), is_id=is_id)
            column = self.ids.without_points(name, column) if is_id else column
            return (
                without_nobodies(column)
                if known is not None and known.is_person
                else column
            )
        if name in self.sql.extras:
            return pc.if_else(pc.is_finite(column), column, None)
        return (
            as_words(column) if known is not None and known.kind == "text" else column
        )


def _connect(surroundings: Surroundings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"SET TimeZone = {quoted_text(surroundings.time_zone)}")
    connection.execute(
        f"SET VARIABLE latest = TIMESTAMPTZ '{(surroundings.now + AHEAD).isoformat()}'"
    )
    connection.execute(f"SET VARIABLE currency = {quoted_text(surroundings.currency)}")
    connection.execute(f"SET VARIABLE country = {quoted_text(surroundings.country)}")
    connection.execute(f"SET VARIABLE file_key = {quoted_text(surroundings.file_key)}")
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
