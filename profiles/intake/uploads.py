"""Files that people upload: kept beside the shop's data for a few days, looked at, and
read by jobs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from profiles import jobs
from profiles.models import ImportFile, Job
from retention_site.lib.security import private_files

from .files import spreadsheet
from .files.reading import read
from .files.source import LINE, open_start
from .files.unreadable import UnreadableFile

MIB = 1 << 20
MOST_BYTES = 1_000 * MIB
SPARE_BYTES = 500 * MIB  # of the disk that an upload leaves free
LONGEST_NAME = 120
SHOWN_ROWS = 8


@dataclass(frozen=True)
class Start:
    """The first rows of a file, as they came."""

    header: tuple[str, ...]
    rows: list[dict[str, str]]


def take(name: str, chunks: Iterable[bytes], *, by: Any = None) -> ImportFile:
    """Keep an uploaded file as it comes, without holding it in memory; a workbook as the
    rows of its first sheet. Raise `UnreadableFile` in one sentence.
    """
    file = ImportFile(name=_plain_name(name), n_bytes=0, uploaded_by=by)
    private_files.folder(file.path.parent.parent)
    private_files.folder(file.path.parent)
    try:
        file.n_bytes = _write(file.path, chunks)
        if spreadsheet.begins_like_one(file.path):
            converted = spreadsheet.as_csv(file.path)
            shutil.move(converted.path, file.path)
        look(file)
    except BaseException:
        shutil.rmtree(file.path.parent, ignore_errors=True)
        raise
    file.save()
    return file


def look(file: ImportFile) -> Start:
    """Return the first rows of a file; raise `UnreadableFile`."""
    source = open_start(file.path)
    batch = next(iter(read(source)), None)
    if batch is None:
        return Start(source.header, [])
    rows = batch.rows.slice(0, SHOWN_ROWS).drop_columns([LINE]).to_pylist()
    shown = [
        {name: "" if cell is None else str(cell) for name, cell in row.items()}
        for row in rows
    ]
    return Start(source.header, shown)


def again(file: ImportFile, *, by: Any = None) -> ImportFile:
    """Return the same file once more, to be read in another way."""
    twin = ImportFile(
        name=file.name,
        n_bytes=file.n_bytes,
        uploaded_by=by,
        source=file.source,
        time_zone=file.time_zone,
    )
    private_files.folder(twin.path.parent)
    os.link(file.path, twin.path)
    twin.save()
    return twin


def start_preview(file: ImportFile, *, by: Any = None) -> Job:
    """Let a worker say what importing the file would come to."""
    return _started(
        file, "import_preview", gettext_noop("Look through %(file)s"), "preview_job", by
    )


def start_import(file: ImportFile, *, by: Any = None) -> Job:
    """Let a worker take the file in. Asked twice, it is one job."""
    return _started(
        file,
        "import",
        gettext_noop("Import %(file)s"),
        "job",
        by,
        key=f"import-{file.key}",
    )


def forget(file: ImportFile) -> None:
    """Remove a file and what is known of its reading; what it brought stays."""
    for job in (file.preview_job, file.job):
        if job is not None:
            jobs.cancel(job)
    shutil.rmtree(file.path.parent, ignore_errors=True)
    file.delete()


def _started(
    file: ImportFile, kind: str, title: str, field: str, by: Any, key: str | None = None
) -> Job:
    params = {
        "kind": file.kind,
        "path": str(file.path),
        "source": file.source,
        "time_zone": file.time_zone or settings.SHOP_TIME_ZONE,
        "mapping": file.mapping,
    }
    job = jobs.start(kind, params, title=title % {"file": file.name}, key=key, by=by)
    setattr(file, field, job)
    file.save(update_fields=[field])
    return job


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    n = 0
    with private_files.opened(path) as file:
        for chunk in chunks:
            n += len(chunk)
            if n > MOST_BYTES:
                raise UnreadableFile(
                    _(
                        "The file is larger than %(most)s MiB; use the command import_data."
                    )
                    % {"most": MOST_BYTES // MIB}
                )
            if shutil.disk_usage(path.parent).free < SPARE_BYTES:
                raise UnreadableFile(_("There is no room for the file on the disk."))
            file.write(chunk)
    if not n:
        raise UnreadableFile(_("%(file)s is empty.") % {"file": path.name})
    return n


def _plain_name(name: str) -> str:
    """Return a file's own name, without folders and without what no name should hold."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in last if one.isprintable()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > LONGEST_NAME:
        kept = f"{(stem or ending)[: LONGEST_NAME - 10]}{dot}{ending[:8]}"
    while len(kept.encode()) > 240:  # bytes of a name that a disk takes
        kept = kept[1:]
    return kept or "file"
