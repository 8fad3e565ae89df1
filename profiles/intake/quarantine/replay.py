"""Take quarantined rows in after a person put them right; each is read as it would be
if it came today.

Twice is once: the rows' own keys name what they bring.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from profiles.intake import catalogue, tracking
from profiles.intake.cleaners import POINTED_ID
from profiles.intake.quarantine.nested_fields import changed, places_of
from profiles.intake.quarantine.replay_readers import READERS
from profiles.intake.sources.contract import Meant
from profiles.intake.values import Refused
from profiles.models import QuarantinedRow

STAND_INS = (  # one of them is right for any column that may be wrong
    None,
    "1",
    "2001-01-01T00:00:00Z",
    "somebody",
    "somebody@shop.example",
    "USD",
    "email",
    "granted",
    "purchase",
)
OF_FILES = ("customers", "events", "consents")
IDS = ("customer_id", "anonymous_id", "item_id", "order_id", "event_id", "campaign_id")
POINTED = re.compile(r"\d{1,250}\.0{1,50}")
BATCH = 500  # rows of one transaction
Change = Callable[[Any], Any]


class NotReplayable(ValueError):
    """Rows of this kind are put right in their file, which is imported again."""


@dataclass
class Replayed:
    """What became of many rows: taken in, or still wrong by column and reason."""

    n_taken_in: int = 0
    still_wrong: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def n_wrong(self) -> int:
        return self.still_wrong.total()

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Column, reason and how many, the most frequent first."""
        return [
            (column, reason, n)
            for (column, reason), n in self.still_wrong.most_common()
        ]


@transaction.atomic
def replay(
    row: QuarantinedRow, fixed: Any, *, by: AbstractBaseUser | None = None
) -> Refused | None:
    """Store a row as ``fixed`` and mark it resolved; return what is still wrong with
    it, None when it is stored.

    Raise `NotReplayable` for kinds that files alone can bring.
    """
    try:
        with transaction.atomic():
            _store([(row, _meant(row, fixed))], row.source)
    except Refused as refused:
        return refused
    _resolve([(row, fixed)], by)
    return None


def replay_all(
    rows: QuerySet[QuarantinedRow],
    change: Change = lambda row: row,
    *,
    by: AbstractBaseUser | None = None,
) -> Replayed:
    """Take many waiting rows in, each changed first; what is still wrong waits on as it
    was changed, with its reason.

    Raise `NotReplayable`.
    """
    result = Replayed()
    waiting = list(
        rows.filter(resolved_at=None).order_by("pk").values_list("pk", flat=True)
    )
    for start in range(0, len(waiting), BATCH):
        with transaction.atomic():
            some = QuarantinedRow.objects.waiting().filter(
                pk__in=waiting[start : start + BATCH]
            )
            _replay_some(
                list(some.select_for_update().order_by("pk")), change, result, by
            )
    return result


def tried(rows: Iterable[QuarantinedRow], change: Change = lambda row: row) -> Replayed:
    """Say what taking rows in would come to, as far as reading them can tell; nothing
    is stored.
    """
    result = Replayed()
    for row in rows:
        try:
            _meant(row, change(row.latest))
            result.n_taken_in += 1
        except Refused as refused:
            result.still_wrong[refused.column, refused.reason] += 1
    return result


def faults(row: QuarantinedRow, fixed: Any) -> list[Refused]:
    """Return everything that is wrong with a row as it stands, in the order in which reading meets it.

    Reading stops at the first fault, so each one gets a value that is right in its place, and reading goes on.
    """
    found: list[Refused] = []
    refused = _refused(row, fixed)
    while refused is not None and refused.column not in {one.column for one in found}:
        found.append(refused)
        fixed, refused = _past(row, fixed, refused)
    return found


def _past(
    row: QuarantinedRow, fixed: Any, refused: Refused
) -> tuple[Any, Refused | None]:
    """Put a right value in the place of a fault; return the row and its next fault, the same where no value fits."""
    places = places_of(fixed, refused.column)
    for value in STAND_INS:
        tried = changed(fixed, dict.fromkeys(places, value))
        following = _refused(row, tried)
        if following is None or following.column != refused.column:
            return tried, following
    return fixed, refused


def _refused(row: QuarantinedRow, fixed: Any) -> Refused | None:
    try:
        _meant(row, fixed)
    except Refused as refused:
        return refused
    return None


def leave_out(
    rows: QuerySet[QuarantinedRow], *, by: AbstractBaseUser | None = None
) -> int:
    """Decide that waiting rows are not taken in; return how many. They stay to be seen."""
    return rows.filter(resolved_at=None).update(
        resolved_at=Now(), resolved_by=by, outcome=QuarantinedRow.Outcome.LEFT_OUT
    )


def is_replayable(kind: str) -> bool:
    """Say whether rows of a kind can be put right here."""
    return kind in READERS


def _replay_some(
    rows: Sequence[QuarantinedRow],
    change: Change,
    result: Replayed,
    by: AbstractBaseUser | None,
) -> None:
    good: list[tuple[QuarantinedRow, Any, Meant]] = []
    wrong: list[QuarantinedRow] = []
    for row in rows:
        fixed = change(row.latest)
        try:
            good.append((row, fixed, _meant(row, fixed)))
        except Refused as refused:
            wrong.append(_still_wrong(row, fixed, refused))
    for source in sorted({row.source for row, _fixed, _what in good}):
        some = [one for one in good if one[0].source == source]
        wrong += _store_together(some, source)
    left = {row.pk for row in wrong}
    _resolve([(row, fixed) for row, fixed, _what in good if row.pk not in left], by)
    QuarantinedRow.objects.bulk_update(wrong, ["fixed", "column", "reason"])
    result.n_taken_in += len(rows) - len(wrong)
    result.still_wrong.update((row.column, row.reason) for row in wrong)


def _store_together(
    rows: Sequence[tuple[QuarantinedRow, Any, Meant]], source: str
) -> list[QuarantinedRow]:
    """Store rows of one source at once; only if one is refused by the database's own
    checks, one by one.
    """
    try:
        with transaction.atomic():
            _store([(row, what) for row, _fixed, what in rows], source)
    except Refused:
        wrong = [(one, _refused_alone(one, source)) for one in rows]
        return [
            _still_wrong(row, fixed, refused)
            for (row, fixed, _what), refused in wrong
            if refused
        ]
    return []


def _refused_alone(
    one: tuple[QuarantinedRow, Any, Meant], source: str
) -> Refused | None:
    row, _fixed, what = one
    try:
        with transaction.atomic():
            _store([(row, what)], source)
    except Refused as refused:
        return refused
    return None


def _still_wrong(row: QuarantinedRow, fixed: Any, refused: Refused) -> QuarantinedRow:
    row.fixed = None if fixed == row.row else fixed
    row.column, row.reason = refused.column, refused.reason
    return row


def _resolve(
    rows: Iterable[tuple[QuarantinedRow, Any]], by: AbstractBaseUser | None
) -> None:
    taken_in = []
    for row, fixed in rows:
        row.resolved_at, row.outcome = Now(), QuarantinedRow.Outcome.TAKEN_IN
        row.resolved_by_id = by.pk if by else None
        row.fixed = None if fixed == row.row else fixed
        taken_in.append(row)
    QuarantinedRow.objects.bulk_update(
        taken_in, ["resolved_at", "resolved_by", "outcome", "fixed"]
    )


def _meant(row: QuarantinedRow, fixed: Any) -> Meant:
    """Say what a row means now; raise `Refused` with what is wrong with it, so that
    nothing is put aside twice.
    """
    if row.kind not in READERS:
        raise NotReplayable(f"Put {row.kind} right in their file and import it again.")
    if not isinstance(fixed, dict):
        raise Refused("row", "not an object")
    _check_ids(row, fixed)
    what = READERS[row.kind](row, fixed)
    if what.ignored:
        raise Refused("type", what.ignored)
    _good, wrong = tracking.sort_out(what.messages)
    for _line, _message, refused in wrong:
        raise refused
    for item in what.items:
        catalogue.cleaned(item)
    return what


def _check_ids(row: QuarantinedRow, fixed: dict[str, Any]) -> None:
    """Refuse an id of a file that a spreadsheet may have written: 71001.0 is a stranger's
    beside 71001, and only who put it right knows which of them is meant.
    """
    if row.kind not in OF_FILES and row.reason != POINTED_ID:
        return
    for name in IDS:
        if isinstance(said := fixed.get(name), str) and POINTED.fullmatch(said.strip()):
            raise Refused(name, POINTED_ID)


def _store(rows: Sequence[tuple[QuarantinedRow, Meant]], source: str) -> None:
    """Take what rows mean in; raise `Refused` for what is wrong beyond its reading."""
    messages = [_named(message, row) for row, what in rows for message in what.messages]
    failed = tracking.take(messages, source=source).failed if messages else ()
    items = [item for _row, what in rows for item in what.items]
    failed += catalogue.stock(items, source=source).failed if items else ()
    for bad in failed:
        raise Refused(bad.column, bad.reason)


def _named(message: dict[str, Any], row: QuarantinedRow) -> dict[str, Any]:
    """Give a message without an id the row's: taken in again it changes nothing."""
    return (
        message
        if message.get("messageId")
        else message | {"messageId": f"quarantined {row.key}"}
    )
