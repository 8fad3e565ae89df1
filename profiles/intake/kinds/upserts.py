"""Customers and items: one row per id, later facts replace earlier ones, an empty cell
replaces nothing.
"""

from collections.abc import Mapping
from typing import ClassVar

from django.db.backends.utils import CursorWrapper

from .base import Foreseen, StagedKind, Stored, names_of

EXAMPLES = 5  # rows that are shown before an import


class Upserts(StagedKind):
    """Rows of one table keyed by ``external_id``. Of two rows with one id in a file the
    later one counts.

    What the later one leaves empty the earlier one says, as if each stood in a file of
    its own.
    """

    table: ClassVar[str]
    id_column: ClassVar[str]
    kept_out: ClassVar[str] = ""  # SQL over ``target``: rows that a file must not touch

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        facts = self._newest(cursor, present)
        cursor.execute(self._insert(facts))
        n_stored = cursor.rowcount
        return Stored(n_stored, self._changed(cursor, facts) if facts else 0)

    def would_merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Foreseen:
        """Only read: customers that are looked at are not held up."""
        facts = self._newest(cursor, present)
        new, new_rows = self._would_insert(cursor, facts)
        updated, changes = self._would_update(cursor, facts) if facts else (0, ())
        return Foreseen(new, updated, new_rows=new_rows, changes=changes)

    def _newest(self, cursor: CursorWrapper, present: frozenset[str]) -> list[str]:
        """Make the table ``newest`` with one row for each id; return its facts."""
        facts = sorted(present - {self.id_column, "line"})
        cursor.execute("DROP TABLE IF EXISTS pg_temp.newest")
        cursor.execute(
            "CREATE TEMPORARY TABLE newest ON COMMIT DROP AS SELECT DISTINCT ON"
            f" ({self.id_column}) * FROM incoming ORDER BY {self.id_column}, line DESC"
        )
        n_ids = cursor.rowcount
        cursor.execute("SELECT count(*) FROM incoming")
        if cursor.fetchone()[0] > n_ids:
            self._hear_earlier_rows(cursor, facts)
        return facts

    def _would_insert(
        self, cursor: CursorWrapper, facts: list[str]
    ) -> tuple[int, tuple[dict[str, str], ...]]:
        unknown = (
            f"FROM newest WHERE NOT EXISTS (SELECT FROM {self.table} target WHERE"
            f" target.external_id = newest.{self.id_column})"
        )
        cursor.execute(f"SELECT count(*) {unknown}")
        n = cursor.fetchone()[0]
        names = [self.id_column, *facts]
        shown = ", ".join(f'"{name}"::text' for name in names)
        cursor.execute(f"SELECT {shown} {unknown} ORDER BY line LIMIT {EXAMPLES}")
        return n, tuple(
            {name: cell for name, cell in zip(names, row, strict=True) if cell}
            for row in cursor.fetchall()
        )

    def _would_update(
        self, cursor: CursorWrapper, facts: list[str]
    ) -> tuple[int, tuple[tuple[str, dict[str, tuple[str, str]]], ...]]:
        merged = {name: self._merged(name) for name in facts}
        known = (
            f"FROM newest JOIN {self.table} target ON target.external_id ="
            f" newest.{self.id_column} WHERE ({self._differs(merged)}) {self.kept_out}"
        )
        cursor.execute(f"SELECT count(*) {known}")
        n = cursor.fetchone()[0]
        pairs = ", ".join(
            f"({self._held(name)})::text, ({value})::text"
            for name, value in merged.items()
        )
        cursor.execute(
            f"SELECT target.external_id, {pairs} {known} ORDER BY line LIMIT {EXAMPLES}"
        )
        return n, tuple(
            (key, _changed_cells(facts, cells)) for key, *cells in cursor.fetchall()
        )

    def _changed(self, cursor: CursorWrapper, facts: list[str]) -> int:
        """Change known rows; return how many."""
        cursor.execute(self._update(facts))
        return cursor.rowcount

    def _hear_earlier_rows(self, cursor: CursorWrapper, facts: list[str]) -> None:
        """Fill what the last row of an id leaves empty from the rows before it."""
        key = self.id_column
        cursor.execute("DROP TABLE IF EXISTS pg_temp.repeated")
        cursor.execute(
            "CREATE TEMPORARY TABLE repeated ON COMMIT DROP AS SELECT * FROM incoming"
            f" WHERE {key} IN (SELECT {key} FROM incoming GROUP BY 1 HAVING count(*)"
            " > 1)"
        )
        plain = [name for name in facts if name != self.extra]
        last = [
            f'(array_agg("{one}" ORDER BY line DESC) FILTER (WHERE "{one}" IS NOT'
            f' NULL))[1] AS "{one}"'
            for one in plain
        ]
        if plain:
            changes = ", ".join(f'"{name}" = said."{name}"' for name in plain)
            said = f"SELECT {key} AS id, {', '.join(last)} FROM repeated GROUP BY 1"
            cursor.execute(
                f"UPDATE newest SET {changes} FROM ({said}) AS said WHERE newest.{key}"
                " = said.id"
            )
        if self.extra in facts:
            pairs = f'repeated, jsonb_each(repeated."{self.extra}") AS pair'
            whole = "jsonb_object_agg(pair.key, pair.value ORDER BY line) AS whole"
            said = f"SELECT {key} AS id, {whole} FROM {pairs} GROUP BY 1"
            cursor.execute(
                f'UPDATE newest SET "{self.extra}" = said.whole FROM ({said}) AS said'
                f" WHERE newest.{key} = said.id"
            )

    def _insert(self, facts: list[str]) -> str:
        given = "".join(
            f', coalesce("{name}", {self._default(name)})' for name in facts
        )
        into = names_of(["external_id", *facts])
        return (
            f"INSERT INTO {self.table} ({into}) SELECT {self.id_column}{given} FROM"
            " newest ORDER BY 1 ON CONFLICT DO NOTHING"
        )

    def _update(self, facts: list[str]) -> str:
        merged = {name: self._merged(name) for name in facts}
        changes = ", ".join(
            f'"{name}" = {value}'
            for name, value in (merged | self._besides(facts)).items()
        )
        return (
            f"UPDATE {self.table} target SET {changes}, updated_at = now() FROM newest"
            f" WHERE target.external_id = newest.{self.id_column} AND"
            f" ({self._differs(merged)}) {self.kept_out}"
        )

    def _differs(self, merged: Mapping[str, str]) -> str:
        return " OR ".join(
            f"{self._held(name)} IS DISTINCT FROM {value}"
            for name, value in merged.items()
        )

    def _besides(self, facts: list[str]) -> dict[str, str]:
        """What changes with a row, by column: SQL over ``target`` and ``newest``."""
        return {}

    def _merged(self, name: str) -> str:
        if name == self.extra:
            return f"{self._held(name)} || coalesce(newest.\"{name}\", '{{}}'::jsonb)"
        return f'coalesce(newest."{name}", {self._held(name)})'

    def _held(self, name: str) -> str:
        """SQL over ``target``: what a known row said before."""
        return f'target."{name}"'

    def _default(self, name: str) -> str:
        if name == self.extra:
            return "'{}'::jsonb"
        return self.defaults.get(name, "''")

    # SQL for empty cells of new rows, where it is not ''
    defaults: ClassVar[Mapping[str, str]] = {}


def _changed_cells(
    facts: list[str], cells: list[str | None]
) -> dict[str, tuple[str, str]]:
    """Return before and after of the cells that differ."""
    pairs = zip(facts, cells[::2], cells[1::2], strict=True)
    return {name: (old or "", new or "") for name, old, new in pairs if old != new}
