"""Import a file: read, clean, store; what is bad goes to quarantine, the rest is
stored.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import shorten
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings

from retention_site.lib import registry
from retention_site.lib.clock import now

from . import table_statistics
from .cleaners import MOST_WORD_CHARACTERS
from .column_mapping.mapped_rows import MappedRows
from .column_mapping.spec import ColumnMapping
from .column_mapping.suggestions import meant
from .files.cleaning import Cleaned, Cleaning, Surroundings
from .files.quarantine import Quarantine
from .files.reading import read
from .files.source import NAMELESS, Refused, Source, open_source
from .files.unreadable import UnreadableFile
from .kinds.base import Clean, ImportKind, Origin
from .quarantine.refused_rows import count_duplicates
from .sources.source_stats import note

AHEAD_BATCHES = 2  # cleaned while PostgreSQL stores the one before
Progress = Callable[[float], None]


@dataclass(frozen=True)
class _Part:
    cleaned: Cleaned
    refused: list[Refused]
    n_read: int
    share: float


class FileRows:
    """The rows of one file on their way in: read, under a mapping where there is one, and
    cleaned. What is bad stands in ``quarantine``.
    """

    def __init__(
        self,
        kind: str,
        path: Path | str,
        source: str = "",
        time_zone: str | None = None,
        *,
        latest: datetime | None = None,
        mapping: ColumnMapping | None = None,
    ) -> None:
        self.plugin = _kind(kind)
        self.opened = open_source(Path(path))
        if mapping and mapping.kind != kind:
            raise UnreadableFile(f"The mapping is for {mapping.kind}, not for {kind}.")
        self.mapped = MappedRows(self.opened, mapping) if mapping else None
        header = _known_names(
            self.mapped.header if self.mapped else self.opened.header,
            self.plugin,
            self.opened.path.name,
        )
        if self.mapped is None:
            self.opened = self.opened.renamed(header)
        self.cleaning = Cleaning(
            self.plugin,
            header,
            _surroundings(self.opened, time_zone or settings.SHOP_TIME_ZONE, latest),
        )
        self.plugin.origin = Origin(self.opened.sha256, is_named=bool(source))
        self.name = (source or self.opened.path.name)[:MOST_WORD_CHARACTERS]
        self.quarantine = Quarantine(kind, self.opened, self.name)
        self.meant = {} if mapping else meant(kind, header)
        self.n_read = 0

    @property
    def n_left_out(self) -> int:
        """Return how many rows a rule of the mapping left out so far."""
        return self.mapped.n_left_out if self.mapped else 0

    def good(self, progress: Progress) -> Generator[Clean, None, None]:
        """Yield what is clean, batch by batch."""
        with closing(_ahead(self._parts())) as parts:
            for part in parts:
                self.quarantine.add(part.cleaned.bad, part.refused, part.cleaned.lost)
                self.n_read += part.n_read
                if part.cleaned.good.rows.num_rows:
                    yield part.cleaned.good
                progress(part.share * 0.99)  # the rest is the quarantine

    def _parts(self) -> Iterator[_Part]:
        batches = self.mapped.batches() if self.mapped else read(self.opened)
        n_before = 0
        for batch in batches:
            n_left_out = self.n_left_out - n_before
            n_before = self.n_left_out
            n_read = batch.rows.num_rows + len(batch.refused) + n_left_out
            yield _Part(
                self.cleaning.clean(batch.rows), batch.refused, n_read, batch.share
            )


def load(
    kind: str,
    path: Path | str,
    source: str = "",
    time_zone: str | None = None,
    *,
    latest: datetime | None = None,
    mapping: ColumnMapping | None = None,
    progress: Progress = lambda _share: None,
) -> dict[str, Any]:
    """Import one file and count what became of its rows: read = stored + updated +
    duplicates + left out + quarantined.

    ``latest`` is the moment that no time in the file may lie beyond, by default now.
    Raise `UnreadableFile` (one sentence) when the file, its columns, ``kind``,
    ``mapping`` or ``time_zone`` are no use, `OSError` when it is not there. Importing a file again,
    whole or after a kill, ends in the same rows.
    """
    started = time.monotonic()
    rows = FileRows(kind, path, source, time_zone, latest=latest, mapping=mapping)
    with closing(rows.good(progress)) as batches:
        stored = rows.plugin.store(batches, rows.name)
    rows.quarantine.add_late(rows.plugin.refused)
    quarantine, name = rows.quarantine, rows.name
    kept_at = quarantine.store()
    n_new = stored.stored + stored.updated
    n_again = rows.n_read - n_new - quarantine.n - rows.n_left_out
    count_duplicates(name, n_again)
    table_statistics.renew(rows.plugin.tables, n_new)
    if kind != "events":  # those count themselves
        note(name, kind, n_new)
    progress(1.0)
    return {
        "kind": kind,
        "file": str(path),
        "source": name,
        "read": rows.n_read,
        "stored": stored.stored,
        "updated": stored.updated,
        "duplicates": n_again,
        "quarantined": quarantine.n,
        "reasons": dict(quarantine.reasons.most_common()),
        "quarantine": str(kept_at) if kept_at else None,
        "warnings": dict(quarantine.warnings.most_common()),
        "did_you_mean": rows.meant,
        "joined": stored.joined,
        "kept_apart": dict(stored.apart),
        "seconds": round(time.monotonic() - started, 3),
    } | ({"left_out": rows.n_left_out} if mapping else {})


def _kind(kind: str) -> ImportKind:
    if kind not in registry.keys("imports"):
        raise UnreadableFile(
            f"There is no kind {kind!r}; the kinds are"
            f" {', '.join(registry.keys('imports'))}."
        )
    return registry.load("imports", kind)()


def _surroundings(
    source: Source, time_zone: str, latest: datetime | None
) -> Surroundings:
    if time_zone not in available_timezones() - {"localtime"}:
        raise UnreadableFile(
            f"There is no time zone {time_zone!r}; write one like Europe/Berlin."
        )
    return Surroundings(
        time_zone,
        latest or now(),
        settings.SHOP_COUNTRY,
        settings.SHOP_CURRENCY,
        source.sha256[:16],
    )


def _known_names(
    header: Sequence[str], kind: ImportKind, file_name: str
) -> tuple[str, ...]:
    """Know columns again that are written in capitals, with blanks or hyphens; refuse a
    file without a required one.
    """
    known = {column.name for column in kind.columns}
    names = tuple(_known_name(name, known) for name in header)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UnreadableFile(f"{file_name} names the column {twice[0]!r} twice.")
    missing = [name for name in kind.required if name not in names]
    if missing:
        columns = "column" if len(missing) == 1 else "columns"
        raise UnreadableFile(
            f"{file_name} has no {columns} {', '.join(missing)}; it has"
            f" {_named(names)}."
        )
    if kind.one_of and not set(kind.one_of) & set(names):
        raise UnreadableFile(
            f"{file_name} has none of the columns {', '.join(kind.one_of)}; it"
            f" has {_named(names)}."
        )
    return names


def _named(header: Sequence[str]) -> str:
    return shorten(
        ", ".join(name for name in header if not name.startswith(NAMELESS)),
        400,
        placeholder=" …",
    )


def _known_name(name: str, known: set[str]) -> str:
    plain = "_".join(name.lower().replace("-", " ").split())  # no-break spaces too
    return plain if plain in known else name


def _ahead(parts: Iterator[_Part]) -> Generator[_Part, None, None]:
    """Read and clean in a thread while the caller stores: one core each for DuckDB and
    for PostgreSQL.
    """
    line: queue.Queue[_Part | Exception | None] = queue.Queue(AHEAD_BATCHES)
    stops = threading.Event()

    def put(one: _Part | Exception | None) -> bool:
        """Wait for room; False when nobody takes any more."""
        while not stops.is_set():
            with suppress(queue.Full):
                line.put(one, timeout=0.1)
                return True
        return False

    def fill() -> None:
        try:
            for part in parts:
                if not put(part):
                    return
        except Exception as error:  # noqa: BLE001  raised again where the parts are taken
            put(error)
        else:
            put(None)

    thread = threading.Thread(target=fill, daemon=True, name="reading")
    thread.start()
    try:
        while (one := line.get()) is not None:
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        stops.set()
        thread.join()
