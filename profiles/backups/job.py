"""A backup as a job that the admin's button starts: the file lies in DATA_DIR/backups."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from profiles.backups.create import create
from profiles.jobs import Progress
from profiles.models import Backup, Job
from retention_site.lib.clock import real_now
from retention_site.lib.commands import plain
from retention_site.lib.security import private_files

FOLDER = "backups"
KEPT = 3  # files of the button: of older ones only the row stays


class BackupJob:
    """One part: the whole shop into one file."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        home = private_files.folder(folder())
        path = home / f"rapport-{real_now():%Y%m%d-%H%M%S}.backup"
        made = create(path, by=job.created_by, progress=progress)
        _drop_older(home)
        return plain(asdict(made))

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


def folder() -> Path:
    """Return where the button's backups lie on this host."""
    return Path(settings.DATA_DIR) / FOLDER


def download_path(backup: Backup) -> Path | None:
    """Return the file of a backup that the button made and that still lies here."""
    path = Path(backup.path)
    return path if path.parent == folder().absolute() and path.is_file() else None


def _drop_older(home: Path) -> None:
    for path in sorted(home.glob("*.backup"))[:-KEPT]:
        path.unlink(missing_ok=True)
    for left in home.glob(".*.part"):  # by a killed worker
        left.unlink(missing_ok=True)
