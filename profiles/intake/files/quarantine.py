"""Rows that could not be taken in: one file for the person who fixes them, one row each
for the admin.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.conf import settings
from django.db import connection, transaction

from profiles.intake.kinds.base import copy_rows, stage
from profiles.models import QuarantinedRow
from profiles.privacy import erased_ids
from retention_site.lib.csv_export import RISKY_PATTERN
from retention_site.lib.security import private_files

from .source import Refused, Source

SHORT = 60  # characters of a file's name: four bytes each, and 255 bytes are the most
FIELDS = pa.schema(
    [
        ("line", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("row", pa.string()),
    ]
)
TYPES = dict.fromkeys(("column", "reason", "source", "kind"), "text")
TYPES |= {"line": "bigint", "row": "jsonb", "key": "uuid"}
STORE = """
    INSERT INTO profiles_quarantinedrow (key, source, kind, line, "column", reason, "row", outcome, resolved_at)
    SELECT key, source, kind, line, "column", reason, "row", %(outcome)s::text,
        CASE WHEN %(outcome)s <> '' THEN now() END
    FROM incoming ON CONFLICT (key) DO NOTHING
"""


class Quarantine:
    """The bad rows of one file, kept while the import runs and stored at its end."""

    def __init__(self, kind: str, source: Source, name: str) -> None:
        self.kind, self.source, self.name = kind, source, name
        self.reasons: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self.parts: list[pa.Table] = []
        self.lost: list[pa.Table] = []

    def add(self, bad: pa.Table, refused: list[Refused], lost: pa.Table) -> None:
        """Take in what cleaning and reading refused, and which cells were left out of
        good rows.
        """
        if lost.num_rows:
            self.lost.append(lost.select(FIELDS.names).cast(FIELDS))
            self.warnings.update(_counted(lost))
        rows = [
            {
                "line": r.line,
                "column": r.column,
                "reason": r.reason,
                "row": json.dumps(r.row),
            }
            for r in refused
        ]
        for part in (
            bad.select(FIELDS.names).cast(FIELDS),
            pa.Table.from_pylist(rows, FIELDS),
        ):
            if part.num_rows:
                self.parts.append(part)
                self.reasons.update(_counted(part))

    def add_late(self, refused: Sequence[Refused]) -> None:
        """Take in rows that were clean and could not be stored all the same."""
        nothing = FIELDS.empty_table()
        self.add(nothing, list(refused), nothing)

    @property
    def n(self) -> int:
        return sum(self.reasons.values())

    def store(self) -> Path | None:
        """Write the file and the rows; return the file's path, None when nothing was
        bad.
        """
        if (
            self.lost
            and (
                lost := _without_erased(pa.concat_tables(self.lost).sort_by("line"))
            ).num_rows
        ):
            self._store_rows(lost, QuarantinedRow.Outcome.WITHOUT_FIELD)
        if not self.parts:
            return None
        rows = _without_erased(pa.concat_tables(self.parts).sort_by("line"))
        if not rows.num_rows:
            return None
        path = self._path()
        private_files.folder(path.parent)
        draft = path.with_suffix(".part")
        named = rows.add_column(
            0, "file", pa.array([self.source.path.name] * rows.num_rows)
        )
        with private_files.opened(draft) as file:
            pa.csv.write_csv(_guarded(named), file)
        draft.replace(path)
        self._store_rows(rows)
        return path

    def _path(self) -> Path:
        name = (
            f"{self.kind}-{self.source.path.stem[:SHORT]}-{self.source.sha256[:8]}.csv"
        )
        return Path(settings.DATA_DIR) / "quarantine" / name

    def _store_rows(self, rows: pa.Table, outcome: str = "") -> None:
        """Store rows; with an ``outcome`` they are over, and one may be told of several
        fields.
        """
        fields = rows["column"].to_pylist() if outcome else [""] * rows.num_rows
        places = (
            f"{line} {name}".strip()
            for line, name in zip(rows["line"].to_pylist(), fields, strict=True)
        )
        start = f"{self.kind} {self.source.sha256}"
        keys = [
            hashlib.sha256(f"{start} {place}".encode()).hexdigest()[:32]
            for place in places
        ]
        for name, values in (
            ("key", keys),
            ("source", [self.name] * len(keys)),
            ("kind", [self.kind] * len(keys)),
        ):
            rows = rows.append_column(name, pa.array(values, pa.string()))
        with transaction.atomic(), connection.cursor() as cursor:
            stage(cursor, TYPES)
            copy_rows(cursor, "incoming", rows)
            cursor.execute(STORE, {"outcome": outcome})


def _counted(rows: pa.Table) -> dict[str, int]:
    return {
        one["values"]: one["counts"]
        for one in rows["reason"].value_counts().to_pylist()
    }


def _guarded(rows: pa.Table) -> pa.Table:
    """Return rows that a spreadsheet can open: no cell is run as a formula."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            cells = rows[field.name]
            is_risky = pc.match_substring_regex(cells, RISKY_PATTERN)
            safe = pc.binary_join_element_wise("'", cells, "")
            rows = rows.set_column(place, field.name, pc.if_else(is_risky, safe, cells))
    return rows


def _without_erased(rows: pa.Table) -> pa.Table:
    """Drop the rows of erased people: what is put aside is kept as it came."""
    numbered = list(enumerate(rows["row"].to_pylist()))
    kept = erased_ids.without_erased(numbered, lambda one: json.loads(one[1]))
    return (
        rows
        if len(kept) == len(numbered)
        else rows.take(pa.array([n for n, _row in kept], pa.int64()))
    )
