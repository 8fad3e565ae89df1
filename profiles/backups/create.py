"""Make a backup of this shop while it goes on working."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socket import gethostname
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from profiles.backups import contents, postgres_tools
from profiles.backups.archive import BackupError, Progress, written
from profiles.models import Backup
from retention_site.lib import registry
from retention_site.lib.checksums import size_and_digest
from retention_site.lib.clock import real_now
from retention_site.lib.versions import VERSION


@dataclass(frozen=True)
class Made:
    """A backup that is whole."""

    file: str
    bytes: int
    sha256: str
    made_at: datetime
    version: str
    members: int
    seconds: float


def create(
    path: Path, *, by: Any = None, progress: Progress = lambda _share: None
) -> Made:
    """Write a backup to ``path`` and note that it was made; raise `BackupError`.

    A file of that name is replaced once the new one is whole.
    """
    if path.is_dir():
        raise BackupError(f"{path} is a folder; name a file.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    began, made_at = time.monotonic(), real_now()
    for make_whole in registry.everything("before_backup").values():
        make_whole()
    with written(path) as writer:
        for n, part in enumerate(contents.EVERYTHING):
            part(writer)
            progress((n + 1) / (len(contents.EVERYTHING) + 1))
        writer.finish(_facts(made_at))
    size, digest = size_and_digest(path)
    Backup.objects.create(
        made_at=made_at,
        path=str(path.absolute()),
        host=gethostname(),
        size=size,
        sha256=digest,
        version=VERSION,
        made_by=by,
    )
    progress(1.0)
    return Made(
        str(path),
        size,
        digest,
        made_at,
        VERSION,
        len(writer.members),
        round(time.monotonic() - began, 3),
    )


def _facts(made_at: datetime) -> dict[str, Any]:
    return {
        "product": "Rapport",
        "version": VERSION,
        "made_at": made_at.isoformat(),
        "postgres": postgres_tools.server_major(),
        "migrations": sorted(
            ".".join(one) for one in MigrationRecorder(connection).applied_migrations()
        ),
    }
