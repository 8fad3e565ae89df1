"""Bring the history up to date: new events as new parts, changed small tables as new snapshots."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from django.db import connection, transaction

from profiles import changes
from profiles.models import HistoryState
from retention_site.lib.clock import now, real_now
from retention_site.lib.transactions import first_open

from . import export, manifest, parts
from .manifest import Manifest, Snapshot

LOCK = 7_216_011  # the advisory lock of the one refresher
GRACE_SECONDS = 900.0  # a query that began before may still read a retired file
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Freshness:
    """What the history holds and how old it is."""

    n_events: int
    n_parts: int
    watermark: int
    refreshed_at: datetime | None
    age_seconds: float | None
    n_new: int = 0


def refresh(*, wait: bool = True, progress: Progress = lambda _share: None) -> Freshness:
    """Copy what was committed since the last refresh; another refresher is waited for, or left alone."""
    n_before = manifest.load().n_events
    with _only_refresher(wait=wait) as is_mine:
        if is_mine:
            _refresh(progress)
    found = freshness()
    return replace(found, n_new=found.n_events - n_before)


def rebuild(*, progress: Progress = lambda _share: None) -> Freshness:
    """Make the history anew from PostgreSQL; readers see the old one until the new one is whole."""
    with _only_refresher(wait=True):
        HistoryState.objects.all().delete()
        _refresh(progress)
    return freshness()


def forget(customers: Sequence[int]) -> int:
    """Take customers (by primary key) out of every part, erased ones' old files at once; return the parts rewritten.

    Their rows in PostgreSQL must be gone before: what is still there comes back.
    """
    with _only_refresher(wait=True):
        _refresh(lambda _share: None)
        held = manifest.load()
        every, unused = parts.without(held.parts, customers)
        gone = [*unused, *(path for path, _since in held.retired)]
        _replace(held, replace(held, parts=tuple(every), retired=tuple((path, 0.0) for path in gone)))
    return len(unused)


def parts_before(month: datetime) -> list[str]:
    """Return the files of events of before a month."""
    refresh()
    return [part.path for part in manifest.load().parts if part.month < f"{month:%Y-%m}"]


def drop_parts(paths: Sequence[str]) -> int:
    """Drop files of events whose rows in PostgreSQL are gone; return how many. Files that came since stay."""
    with _only_refresher(wait=True):
        held = manifest.load()
        kept = tuple(part for part in held.parts if part.path not in paths)
        retired = (*held.retired, *((part.path, time.time()) for part in held.parts if part.path in paths))
        _replace(held, replace(held, parts=kept, retired=retired))
    return len(held.parts) - len(kept)


def freshness() -> Freshness:
    """Say what the history holds."""
    held = manifest.load()
    age = (real_now() - held.moment).total_seconds() if held.moment else None
    return Freshness(held.n_events, len(held.parts), held.watermark, held.moment, age)


@contextmanager
def _only_refresher(*, wait: bool) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)" if wait else "SELECT pg_try_advisory_lock(%s)", [LOCK])
        is_mine = wait or cursor.fetchone()[0]
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _refresh(progress: Progress) -> None:
    manifest.folder().mkdir(parents=True, exist_ok=True)
    held = _held()
    new = _with_events(held, progress)
    new = _with_snapshots(new)
    _replace(held, new)
    progress(1.0)


def _held() -> Manifest:
    """The manifest, or an empty one when it is of another database or of another day of this one."""
    held = manifest.load()
    state = HistoryState.objects.first()
    is_ours = state is not None and state.watermark in (held.watermark, held.before) and held.watermark > 0
    return held if is_ours else Manifest(retired=tuple((path, time.time()) for path in held.files()))


def _with_events(held: Manifest, progress: Progress) -> Manifest:
    """Add the events of transactions that are over; one still open, and all after it, wait for the next time."""
    watermark = first_open()
    with connection.cursor() as cursor:
        if held.watermark and not changes.has_events(cursor, held.watermark, watermark):
            return replace(held, watermark=watermark, before=held.watermark)
    with export.export(export.EVENTS, **_clock(), first=held.watermark, end=watermark) as rows:
        written = parts.write(_told(rows, progress))
    every, unused = parts.compact([*held.parts, *written])
    since = time.time()
    retired = (*held.retired, *((path, since) for path in unused))
    return replace(held, watermark=watermark, before=held.watermark, parts=tuple(every), retired=retired)


def _with_snapshots(held: Manifest) -> Manifest:
    with connection.cursor() as cursor:
        for name in changes.stale(cursor, held.seen()):
            old = held.snapshots.get(name)
            held = held.with_snapshot(name, _snapshot(name))
            if old:
                held = replace(held, retired=(*held.retired, (old.path, time.time())))
        changes.forget(cursor, held.seen(), held.watermark)
    return held


def _snapshot(name: str) -> Snapshot:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")  # before the rows: a change in between is read twice
        seen = cursor.fetchone()[0]
    path = f"{name}-{time.time_ns():x}.parquet"
    draft, n = manifest.folder() / f"{path}.part", 0
    with (
        export.export(export.SNAPSHOTS[name], **_clock()) as rows,
        pa.parquet.ParquetWriter(draft, rows.schema, compression="zstd", compression_level=1) as file,
    ):
        for batch in rows:
            file.write_batch(batch)
            n += batch.num_rows
    draft.replace(manifest.folder() / path)
    return Snapshot(path, n, seen)


def _replace(held: Manifest, new: Manifest) -> None:
    """Let all readers see the new files, then remove those that nobody can be reading any more."""
    new = _without_old_files(replace(new, refreshed_at=real_now().isoformat()))
    with transaction.atomic():
        HistoryState.objects.exclude(pk=1).delete()
        HistoryState.objects.update_or_create(
            pk=1, defaults={"watermark": new.watermark, "n_events": new.n_events, "refreshed_at": real_now()}
        )
        manifest.save(new)


def _without_old_files(new: Manifest) -> Manifest:
    too_old = time.time() - GRACE_SECONDS
    for path, since in new.retired:
        if since < too_old:
            Path(manifest.folder() / path).unlink(missing_ok=True)
    kept = replace(new, retired=tuple(one for one in new.retired if one[1] >= too_old))
    named = kept.files() | {path for path, _since in kept.retired}
    for left in manifest.folder().rglob("*.parquet*"):  # by a killed refresh
        if str(left.relative_to(manifest.folder())) not in named and left.stat().st_mtime < too_old:
            left.unlink(missing_ok=True)
    return kept


def _clock() -> dict[str, Any]:
    return {"now": now(), "offset": now() - real_now()}


def _told(batches: Iterable[pa.RecordBatch], progress: Progress) -> Iterator[pa.RecordBatch]:
    n_all, n = max(_estimate(), 1), 0
    for batch in batches:
        yield batch
        n += batch.num_rows
        progress(min(n / n_all, 0.95))


def _estimate() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'profiles_event'::regclass")
        return int(cursor.fetchone()[0])
