"""Bring the history up to date: new events as new parts, changed small tables as new
snapshots.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet
from django.db import connection, transaction

from profiles import changes
from retention_site.lib.checksums import size_and_digest
from retention_site.lib.clock import real_now
from retention_site.lib.security import private_files
from retention_site.lib.transactions import facts_until, first_open, longest_open

from . import export, integrity, manifest, parts, shared_files
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
        held = manifest.load()
        _bring_up_to_date(held, held.emptied(), progress)
    return freshness()


def sweep() -> int:
    """Read every file again and make broken ones anew; return how many were broken.
    What nobody names goes from the store, what it lacks is put there.
    """
    with _only_refresher(wait=True):
        broken = shared_files.brought(manifest.load(), anew=True)
        if broken:
            _refresh(lambda _share: None, broken)
        shared_files.tidy(manifest.load())
    return len(broken)


def follow() -> bool:
    """Take from this host what the manifest no longer names, or names with another
    content; say whether it was looked at, for a refresher comes first.
    """
    with _only_refresher(wait=False) as is_mine:
        if is_mine:
            held = manifest.load()
            shared_files.drop_changed(held)
            _without_old_files(held)
    return is_mine


def forget(customers: Sequence[int]) -> int:
    """Take customers (by primary key) out of every file, those no longer used too;
    return how many were rewritten.

    Their rows in PostgreSQL must be gone before: what is still there comes back.
    """
    with _only_refresher(wait=True):
        _refresh(lambda _share: None)
        held, since = manifest.load(), time.time()
        kept, n = [], 0
        for part in held.parts:
            written = parts.without(part.path, customers)
            size, sha256, rows = written or (part.size, part.sha256, part.n)
            kept.append(replace(part, size=size, sha256=sha256, n=rows))
            n += written is not None
        for path, _since in held.retired:
            _forget_unused(path, customers)
        _replace(held, replace(held, parts=tuple(kept), forgotten_at=since))
        shared_files.tidy(manifest.load())
    return n


def _forget_unused(path: str, customers: Sequence[int]) -> None:
    """Take customers out of a file that only readers of before still know; one that
    can't be read goes.
    """
    target = manifest.folder() / path
    try:
        parts.without(path, customers)
        os.utime(target)  # looked through: of after the forgetting
    except (pa.ArrowException, duckdb.Error, OSError):
        target.unlink(missing_ok=True)


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
        damaged=shared_files.damaged(held),
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
    held = _held()
    broken = shared_files.brought(held) if broken is None else broken
    new = integrity.repaired(held, broken) if broken else held
    _bring_up_to_date(held, new, progress)


def _bring_up_to_date(held: Manifest, new: Manifest, progress: Progress) -> None:
    private_files.folder(manifest.folder())
    new = _with_snapshots(_with_events(new, progress))
    _replace(held, new)
    progress(1.0)


def _held() -> Manifest:
    """The manifest, or an empty one where it can't be gone on from: it counts
    transactions that this server has not reached, or all its files are gone.
    """
    held = manifest.of_before() or manifest.load()
    if held.watermark > first_open() or not shared_files.has_any(held):
        return held.emptied()
    return held


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
            return replace(held, watermark=watermark)
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
    new = replace(new, refreshed_at=real_now().isoformat())
    new = shared_files.published(held, new)
    with transaction.atomic(), connection.cursor() as cursor:
        manifest.save(_without_old_files(new))
        # with the manifest: killed before it, the next refresh finds the notes again
        changes.forget(cursor, new.seen(), new.watermark)
        transaction.on_commit(partial(shared_files.withdraw, held, new))


def _without_old_files(new: Manifest) -> Manifest:
    too_old = time.time() - GRACE_SECONDS
    for path, since in new.retired:
        if since < too_old:
            Path(manifest.folder() / path).unlink(missing_ok=True)
    kept = replace(new, retired=tuple(one for one in new.retired if one[1] >= too_old))
    named = kept.files() | {path for path, _since in kept.retired}
    live = kept.files()
    for left in manifest.folder().rglob("*.parquet*"):  # by a killed refresh
        name, written = str(left.relative_to(manifest.folder())), left.stat().st_mtime
        is_old = name not in named and written < too_old
        if is_old or (name not in live and written < kept.forgotten_at):
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
