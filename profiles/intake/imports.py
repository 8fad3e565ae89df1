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

from .cleaners import MOST_WORD_CHARACTERS
from .files.cleaning import Cleaned, Cleaning, Surroundings
from .files.quarantine import Quarantine
from .files.reading import read
from .files.source import NAMELESS, Refused, Source, UnreadableFile, open_source
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


def load(
    kind: str,
    path: Path | str,
    source: str = "",
    time_zone: str | None = None,
    *,
    latest: datetime | None = None,
    progress: Progress = lambda _share: None,
) -> dict[str, Any]:
    """Import one file and count what became of its rows: read = stored + updated +
    duplicates + quarantined.

    ``latest`` is the moment that no time in the file may lie beyond, by default now.
    Raise `UnreadableFile` (one sentence) when the file, its columns, ``kind`` or
    ``time_zone`` are no use, `OSError` when it is not there. Importing a file again,
    whole or after a kill, ends in the same rows.
    """
    started = time.monotonic()
    plugin = _kind(kind)
    opened = open_source(Path(path))
    opened = _with_known_names(opened, plugin)
    cleaning = Cleaning(
        plugin,
        opened.header,
        _surroundings(opened, time_zone or settings.SHOP_TIME_ZONE, latest),
    )
    plugin.origin = Origin(opened.sha256, is_named=bool(source))
    name = (source or opened.path.name)[:MOST_WORD_CHARACTERS]
    quarantine, n_read = Quarantine(kind, opened, name), [0]

    def good() -> Generator[Clean, None, None]:
        with closing(_ahead(_parts(opened, cleaning))) as parts:
            for part in parts:
                quarantine.add(part.cleaned.bad, part.refused, part.cleaned.lost)
                n_read[0] += part.n_read
                if part.cleaned.good.rows.num_rows:
                    yield part.cleaned.good
                progress(part.share * 0.99)  # the rest is the quarantine

    with closing(good()) as batches:
        stored = plugin.store(batches, name)
    kept_at = quarantine.store()
    n_again = n_read[0] - stored.stored - stored.updated - quarantine.n
    count_duplicates(name, n_again)
    if kind != "events":  # those count themselves
        note(name, kind, stored.stored + stored.updated)
    progress(1.0)
    return {
        "kind": kind,
        "file": str(path),
        "source": name,
        "read": n_read[0],
        "stored": stored.stored,
        "updated": stored.updated,
        "duplicates": n_again,
        "quarantined": quarantine.n,
        "reasons": dict(quarantine.reasons.most_common()),
        "quarantine": str(kept_at) if kept_at else None,
        "warnings": dict(quarantine.warnings.most_common()),
        "joined": stored.joined,
        "kept_apart": dict(stored.apart),
        "seconds": round(time.monotonic() - started, 3),
    }


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


def _with_known_names(source: Source, kind: ImportKind) -> Source:
    """Know columns again that are written in capitals, with blanks or hyphens; refuse a
    file without a required one.
    """
    known = {column.name for column in kind.columns}
    header = tuple(_known_name(name, known) for name in source.header)
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise UnreadableFile(f"{source.path.name} names the column {twice[0]!r} twice.")
    missing = [name for name in kind.required if name not in header]
    if missing:
        columns = "column" if len(missing) == 1 else "columns"
        raise UnreadableFile(
            f"{source.path.name} has no {columns} {', '.join(missing)}; it has"
            f" {_named(header)}."
        )
    if kind.one_of and not set(kind.one_of) & set(header):
        raise UnreadableFile(
            f"{source.path.name} has none of the columns {', '.join(kind.one_of)}; it"
            f" has {_named(header)}."
        )
    return source.renamed(header)


def _named(header: Sequence[str]) -> str:
    return shorten(
        ", ".join(name for name in header if not name.startswith(NAMELESS)),
        400,
        placeholder=" …",
    )


def _known_name(name: str, known: set[str]) -> str:
    plain = "_".join(name.lower().replace("-", " ").split())  # no-break spaces too
    return plain if plain in known else name


def _parts(source: Source, cleaning: Cleaning) -> Iterator[_Part]:
    for batch in read(source):
        n_read = batch.rows.num_rows + len(batch.refused)
        yield _Part(cleaning.clean(batch.rows), batch.refused, n_read, batch.share)


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
