"""Reviews of a file, read into a file of aspects; no database."""

# ruff: noqa: S608 - names are quoted

from __future__ import annotations

import csv
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retention_site.lib.sql_quoting import quoted_name
from retention_site.lib.table_file import FileError, TableFile, asked, opened

from .reading.languages import is_read
from .reading.lexicon import Lexicon, built_in
from .reading.mining import mine
from .reading.reader import MOST_CHARACTERS, read

ID, TEXT, LANGUAGE, AT = "review_id", "text", "language", "at"
COLUMNS = ("review_id", "aspect", "sentiment", "start", "end", "score")
LOT = 500
NO_ID, NO_TEXT = "review_id is empty", "text is empty"
TWICE = "review_id stands for another text already"
NO_LETTERS = "text holds no letters"
LETTER = re.compile(r"[^\W\d_]")


@dataclass
class Told:
    """What became of the rows."""

    n: int = 0
    n_with_aspects: int = 0
    duplicates: int = 0
    aspects: dict[str, Counter[str]] = field(default_factory=dict)
    bad: list[tuple[int | str, str, str]] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)

    def count(self, aspect: str, sentiment: str) -> None:
        self.aspects.setdefault(aspect, Counter())[sentiment] += 1


def read_file(
    path: Path, out: Path, progress: Callable[[float], None]
) -> dict[str, Any]:
    """Write the aspects of each review and return how many there are. Raise FileError.

    Rows that can't be read go to a file beside ``out``, each with its reason.
    """
    began = time.perf_counter()
    told = Told()
    with opened(path) as file:
        _load(file, told)
        progress(0.1)
        mined = mine(text for _row, _id, text, _language in _good_rows(file))
        progress(0.4)
        with out.open("w", encoding="utf-8", newline="") as written:
            lexicon = built_in().with_names(mined) if mined else built_in()
            _write(file, lexicon, told, csv.writer(written), progress)
    quarantine = _quarantine(out, told)
    progress(1)
    return {
        "file": str(path),
        "out": str(out),
        "read": told.n,
        "with_aspects": told.n_with_aspects,
        "opinions": sum(sum(one.values()) for one in told.aspects.values()),
        "aspects": {name: dict(told.aspects[name]) for name in sorted(told.aspects)},
        "mined": list(mined),
        "duplicates": told.duplicates,
        "quarantined": len(told.bad),
        "reasons": dict(Counter(reason for _row, _id, reason in told.bad)),
        "quarantine": quarantine,
        "warnings": dict(told.warnings),
        "seconds": round(time.perf_counter() - began, 3),
    }


def _load(file: TableFile, told: Told) -> None:
    """Copy the rows into `rows` with what is wrong with each; raise FileError."""
    names = {name.strip().lower(): name for name in file.columns}
    for wanted in (ID, TEXT):
        if wanted not in names:
            raise FileError(
                f"{file.path} has no column '{wanted}'; it has"
                f" {', '.join(file.columns[:30])}."
            )
    file.connection.execute("SET preserve_insertion_order = true")
    cells = ", ".join(
        f"{_cell(names.get(column))} AS {column}_" for column in (ID, LANGUAGE, AT)
    )
    asked(
        file.connection,
        f"CREATE TABLE cells AS SELECT row_number() OVER () AS row_, {cells},"
        f" CAST({quoted_name(names[TEXT])} AS VARCHAR) AS text_ FROM {file.reader}",
        file.path,
    )
    _mark(file)
    told.bad += file.connection.execute(
        "SELECT row_, coalesce(review_id_, ''), bad_ FROM rows WHERE bad_ IS NOT NULL"
    ).fetchall()
    if file.is_text:
        unread = file.connection.execute(
            "SELECT line, min(error_message) FROM reject_errors GROUP BY line"
        ).fetchall()
        told.bad += [
            (f"line {line}", "", f"can't be read: {said.splitlines()[0]}")
            for line, said in unread
        ]
    found = file.connection.execute(
        "SELECT count(*) FILTER (again_), count(*) FILTER (late_) FROM rows"
    ).fetchall()
    told.duplicates = found[0][0]
    if found[0][1]:
        told.warnings["at is no time"] = found[0][1]


def _cell(name: str | None) -> str:
    if name is None:
        return "NULL"
    return f"nullif(trim(CAST({quoted_name(name)} AS VARCHAR)), '')"


def _mark(file: TableFile) -> None:
    """Say of each row what is wrong, and whether it stood there already."""
    file.connection.execute(f"""
        CREATE TABLE rows AS
        WITH ordered AS (
            SELECT *, first_value(text_) OVER one AS first_text,
                row_number() OVER one > 1 AND review_id_ IS NOT NULL AS is_later,
                at_ IS NOT NULL AND TRY_CAST(at_ AS TIMESTAMPTZ) IS NULL AS late_
            FROM cells
            WINDOW one AS (PARTITION BY review_id_ ORDER BY row_)
        )
        SELECT * EXCLUDE (first_text, is_later),
            CASE WHEN review_id_ IS NULL THEN '{NO_ID}'
                WHEN trim(coalesce(text_, '')) = '' THEN '{NO_TEXT}'
                WHEN NOT regexp_matches(text_, '\\p{{L}}') THEN '{NO_LETTERS}'
                WHEN is_later AND text_ IS DISTINCT FROM first_text THEN '{TWICE}'
            END AS bad_,
            is_later AND text_ IS NOT DISTINCT FROM first_text
                AND trim(coalesce(text_, '')) <> '' AS again_
        FROM ordered
    """)


def _good_rows(file: TableFile) -> Iterator[tuple[int, str, str, str | None]]:
    found = file.connection.cursor().execute(
        "SELECT row_, review_id_, text_, language_ FROM rows"
        " WHERE bad_ IS NULL AND NOT again_ ORDER BY row_"
    )
    while lot := found.fetchmany(LOT):
        yield from lot


def _write(
    file: TableFile,
    lexicon: Lexicon,
    told: Told,
    out: Any,
    progress: Callable[[float], None],
) -> None:
    out.writerow(COLUMNS)
    total = file.connection.execute("SELECT count(*) FROM rows").fetchall()[0][0]
    for row, key, text, language in _good_rows(file):
        told.n += 1
        if len(text) > MOST_CHARACTERS:
            told.warnings[f"read up to character {MOST_CHARACTERS}"] += 1
        if language and not is_read(language):
            told.warnings[f"language {language} is not read"] += 1
            continue
        opinions = read(text, lexicon)
        told.n_with_aspects += bool(opinions)
        for one in opinions:
            told.count(one.aspect, one.sentiment)
            out.writerow(
                (key, one.aspect, one.sentiment, one.start, one.end, one.score)
            )
        if row % LOT == 0:
            progress(0.4 + 0.55 * row / total)


def _quarantine(out: Path, told: Told) -> str | None:
    """Write the bad rows beside the aspects."""
    path = out.with_name(f"{out.stem}.quarantine.csv")
    path.unlink(missing_ok=True)
    if not told.bad:
        return None
    with path.open("w", encoding="utf-8", newline="") as written:
        rows = csv.writer(written)
        rows.writerow(("row", ID, "reason"))
        rows.writerows(told.bad)
    return str(path)
