"""Bring the history up to date: new events as new parts, changed small tables as new
snapshots.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet
from django.db import connection, transaction

from profiles import changes
from profiles.models import HistoryState
from retention_site.lib.checksums import size_and_digest
from retention_site.lib.clock import real_now
from retention_site.lib.security import private_files
from retention_site.lib.transactions import facts_until, first_open, longest_open

from . import export, integrity, manifest, parts
from .manifest import Manifest, Snapshot

LOCK = 7_216_011  # the advisory lock of the one refresher
GRACE_SECONDS = 900.0  # a query that began before may still read a retired file
HELD_SECONDS = 10.0  # a transaction that is open longer is worth naming
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Freshness:
    """What the history holds, and up to when: ``age_seconds`` counts from
    ``facts_until``, not from the last look.

    ``held_by`` names the session whose open transaction keeps newer facts out.
    """

    n_events: int
    n_parts: int
    watermark: int
    refreshed_at: datetime | None
    age_seconds: float | None
    n_new: int = 0
    facts_until: datetime | None = None
    held_by: str = ""
    damaged: dict[str, str] = field(default_factory=dict)
    repairs: tuple[dict[str, str], ...] = ()


def refresh(
    *, wait: bool = True, progress: Progress = lambda _share: None
) -> Freshness:
    """Copy what was committed since the last refresh; another refresher is waited for,
    or left alone.
    """
    n_before = manifest.load().n_events
    with _only_refresher(wait=wait) as is_mine:
        if is_mine:
            _refresh(progress)
    found = freshness()
    return replace(found, n_new=found.n_events - n_before)


def rebuild(*, progress: Progress = lambda _share: None) -> Freshness:
    """Make the history anew from PostgreSQL; readers see the old one until the new one
    is whole.
    """
    with _only_refresher(wait=True):
        HistoryState.objects.all().delete()
        _refresh(progress)
    return freshness()


def sweep() -> int:
    """Read every file again and make broken ones anew; return how many were broken."""
    with _only_refresher(wait=True):
        broken = integrity.damaged(manifest.load(), anew=True)
        if broken:
            _refresh(lambda _share: None, broken)
    return len(broken)


def forget(customers: Sequence[int]) -> int:
    """Take customers (by primary key) out of every file, those no longer used too;
    return how many were rewritten.

    Their rows in PostgreSQL must be gone before: what is still there comes back.
    """
    with _only_refresher(wait=True):
        _refresh(lambda _share: None)
        held = manifest.load()
        kept, n = [], 0
        for part in held.parts:
            written = parts.without(part.path, customers)
            size, sha256, rows = written or (part.size, part.sha256, part.n)
            kept.append(replace(part, size=size, sha256=sha256, n=rows))
            n += written is not None
        for path, _since in held.retired:
            _forget_unused(path, customers)
        _replace(held, replace(held, parts=tuple(kept)))
    return n


def _forget_unused(path: str, customers: Sequence[int]) -> None:
    """Take customers out of a file that only readers of before still know; one that
    can't be read goes.
    """
    try:
        parts.without(path, customers)
    except (pa.ArrowException, duckdb.Error, OSError):
        (manifest.folder() / path).unlink(missing_ok=True)


def parts_before(month: datetime) -> list[str]:
    """Return the files of events of before a month."""
    refresh()
    return [
        part.path for part in manifest.load().parts if part.month < f"{month:%Y-%m}"
    ]


def drop_parts(paths: Sequence[str]) -> int:
    """Drop files of events whose rows in PostgreSQL are gone; return how many. Files
    that came since stay.
    """
    with _only_refresher(wait=True):
        held = manifest.load()
        kept = tuple(part for part in held.parts if part.path not in paths)
        retired = (
            *held.retired,
            *((part.path, time.time()) for part in held.parts if part.path in paths),
        )
        _replace(held, replace(held, parts=kept, retired=retired))
    return len(held.parts) - len(kept)


def freshness() -> Freshness:
    """Say what the history holds."""
    held = manifest.load()
    until = held.whole_until
    holder = longest_open()
    is_held = (
        holder is not None
        and (real_now() - holder.since).total_seconds() > HELD_SECONDS
    )
    return Freshness(
        held.n_events,
        len(held.parts),
        held.watermark,
        held.moment,
        (real_now() - until).total_seconds() if until else None,
        facts_until=until,
        held_by=holder.words if holder and is_held else "",
        damaged=integrity.damaged(held),
        repairs=tuple(asdict(one) for one in held.repairs),
    )


@contextmanager
def _only_refresher(*, wait: bool) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            (
                "SELECT pg_advisory_lock(%s)"
                if wait
                else "SELECT pg_try_advisory_lock(%s)"
            ),
            [LOCK],
        )
        is_mine = wait or cursor.fetchone()[0]
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _refresh(progress: Progress, broken: Mapping[str, str] | None = None) -> None:
    private_files.folder(manifest.folder())
    held = _held()
    if broken := integrity.damaged(held) if broken is None else broken:
        held = integrity.repaired(held, broken)
    new = _with_events(held, progress)
    new = _with_snapshots(new)
    _replace(held, new)
    progress(1.0)


def _held() -> Manifest:
    """The manifest, or an empty one when it is of another database or of another day of
    this one.
    """
    held = manifest.load()
    state = HistoryState.objects.first()
    # A restored database has other transactions under the same numbers: the manifest
    # counts only if the database remembers this watermark, or the one it was about to
    # replace.
    is_ours = (
        state is not None
        and state.watermark in (held.watermark, held.before)
        and held.watermark > 0
    )
    return (
        held
        if is_ours
        else Manifest(retired=tuple((path, time.time()) for path in held.files()))
    )


def _with_events(held: Manifest, progress: Progress) -> Manifest:
    """Add the events of transactions that are over; one still open, and all after it,
    wait for the next time.
    """
    # asked before: who opens a transaction after this only has later facts
    until = facts_until()
    watermark = first_open()
    known = held.whole_until if held.watermark else None  # what was in stays in
    held = replace(held, facts_until=max(until, known or until).isoformat())
    with connection.cursor() as cursor:
        if held.watermark and not changes.has_events(cursor, held.watermark, watermark):
            return replace(held, watermark=watermark, before=held.watermark)
    with export.export(
        export.EVENTS, **export.shop_time(), first=held.watermark, end=watermark
    ) as rows:
        written = parts.write(_told(rows, progress))
    every, unused = parts.compact([*held.parts, *written])
    since = time.time()
    # a reader that opened the old manifest may be in these files for a while
    retired = (*held.retired, *((path, since) for path in unused))
    return replace(
        held,
        watermark=watermark,
        before=held.watermark,
        parts=tuple(every),
        retired=retired,
    )


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
        # before the rows: a change in between is read twice
        cursor.execute("SELECT pg_current_snapshot()::text")
        seen = cursor.fetchone()[0]
    path = f"{name}-{time.time_ns():x}.parquet"
    draft, n = manifest.folder() / f"{path}.part", 0
    with (
        export.export(export.SNAPSHOTS[name], **export.shop_time()) as rows,
        pa.parquet.ParquetWriter(
            draft, rows.schema, compression="zstd", compression_level=1
        ) as file,
    ):
        for batch in rows:
            file.write_batch(batch)
            n += batch.num_rows
    size, digest = size_and_digest(draft)
    draft.replace(manifest.folder() / path)
    return Snapshot(path, n, seen, size, digest)


def _replace(held: Manifest, new: Manifest) -> None:
    """Let all readers see the new files, then remove those that nobody can be reading
    any more.
    """
    new = _without_old_files(replace(new, refreshed_at=real_now().isoformat()))
    with transaction.atomic():
        HistoryState.objects.exclude(pk=1).delete()
        HistoryState.objects.update_or_create(
            pk=1,
            defaults={
                "watermark": new.watermark,
                "n_events": new.n_events,
                "refreshed_at": real_now(),
                "facts_until": new.whole_until,
                "repairs": [asdict(one) for one in new.repairs],
            },
        )
        # The file first, the commit after it: a database that did not commit still
        # knows the manifest's `before`, and takes the new one for its own.
        manifest.save(new)


def _without_old_files(new: Manifest) -> Manifest:
    too_old = time.time() - GRACE_SECONDS
    for path, since in new.retired:
        if since < too_old:
            Path(manifest.folder() / path).unlink(missing_ok=True)
    kept = replace(new, retired=tuple(one for one in new.retired if one[1] >= too_old))
    named = kept.files() | {path for path, _since in kept.retired}
    for left in manifest.folder().rglob("*.parquet*"):  # by a killed refresh
        if (
            str(left.relative_to(manifest.folder())) not in named
            and left.stat().st_mtime < too_old
        ):
            left.unlink(missing_ok=True)
    return kept


def _told(
    batches: Iterable[pa.RecordBatch], progress: Progress
) -> Iterator[pa.RecordBatch]:
    n_all, n = max(_estimate(), 1), 0
    for batch in batches:
        yield batch
        n += batch.num_rows
        progress(min(n / n_all, 0.95))


def _estimate() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid ="
            " 'profiles_event'::regclass"
        )
        return int(cursor.fetchone()[0])
