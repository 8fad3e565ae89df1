"""Keep what could not be taken in, with its place and reason; nothing is dropped."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from profiles.models import DuplicateCount, QuarantinedRow
from profiles.privacy import erased_ids


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was refused: ``line`` counts from 1 in a file and from 0 in a batch;
    ``row`` is as it came.
    """

    kind: str
    column: str
    reason: str
    row: Any
    line: int | None = None
    # the file's digest or the call's id: the same bad row at the same place is listed
    # once
    place: str = ""


def keep(rows: Sequence[BadRow], source: str, *, is_taken_in: bool = False) -> None:
    """Store bad rows; the same row of the same place is listed once, those of erased
    people are forgotten at once.

    With ``is_taken_in`` the rows were stored but for their bad field: they are there to
    be seen, and wait for nobody.
    """
    taken_in = (
        {"resolved_at": Now(), "outcome": QuarantinedRow.Outcome.WITHOUT_FIELD}
        if is_taken_in
        else {}
    )
    rows = erased_ids.without_erased(rows, lambda one: one.row)
    if not rows:
        return
    QuarantinedRow.objects.bulk_create(
        [
            QuarantinedRow(
                key=_key(one, source),
                source=source,
                kind=one.kind,
                line=one.line,
                column=one.column,
                reason=one.reason,
                row=plain({} if one.row is None else one.row),
                **taken_in,
            )
            for one in rows
        ],
        batch_size=2000,
        ignore_conflicts=True,
    )


def count_duplicates(source: str, n: int) -> None:
    """Note that ``n`` facts of a source came again; those that were stored or put aside
    count themselves.
    """
    if n:
        DuplicateCount.objects.create(source=source, n=n)


def plain(value: Any) -> Any:
    """Return ``value`` as PostgreSQL's JSON can hold it: a bad row may hold anything."""
    match value:
        case dict():
            return {
                _printable(str(name)): plain(inner) for name, inner in value.items()
            }
        case list() | tuple():
            return [plain(inner) for inner in value]
        case bool() | int() | None:
            return value
        case float():
            return (
                value if value == value and abs(value) != float("inf") else str(value)
            )
    return _printable(str(value))


def _printable(said: str) -> str:
    return (
        said.replace("\0", "\N{SYMBOL FOR NULL}")
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def _key(one: BadRow, source: str) -> UUID:
    where = json.dumps(
        [source, one.place, one.kind, one.line, one.column, plain(one.row)],
        sort_keys=True,
        default=str,
    )
    return UUID(bytes=hashlib.sha256(where.encode()).digest()[:16])
