"""Put a shop back from a backup, into an empty DATA_DIR and an empty database.

The order lets a restore be killed anywhere: a mark first, then files, then the database
in one transaction, then what makes the rest fit it, then the mark goes. Until it is gone
nothing starts from this folder, and the same restore goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

from profiles import history, signals
from profiles.backups import archive, contents, postgres_tools
from profiles.backups.archive import Backup, BackupError, Member, Progress
from profiles.history import transactions_of_another_server
from profiles.models import Customer, Event, Job
from retention_site.lib import half_restored
from retention_site.lib.security import keyring, private_files, secret_key

# what a command makes by itself in a folder that holds no shop
NO_SHOP = frozenset(("postgres", "postgres.making", "logs", "static", secret_key.NAME))


class NotEmpty(BackupError):
    """There is a shop already: one sentence."""


def verified(path: Path, progress: Progress) -> Backup:
    """Return a backup that is whole, and that this release can read."""
    backup = archive.read(path)
    _refuse_newer(backup)
    backup.verify(progress)
    return backup


def is_marked() -> bool:
    """Say whether a restore into this folder was broken off."""
    return half_restored.mark(_home()).exists()


def is_half_done() -> bool:
    """Say whether files and database are in place and only the last steps are left."""
    return is_marked() and not postgres_tools.is_empty()


def refuse_full() -> None:
    """Raise `NotEmpty` where there is anything that a restore would lie over."""
    if not postgres_tools.is_empty():
        raise NotEmpty("The database holds tables already: restore into an empty one.")
    if is_marked():
        return
    found = sorted(one.name for one in _home().iterdir() if one.name not in NO_SHOP)
    models = Path(settings.MODEL_DIR)
    if found or (models.is_dir() and any(models.iterdir())):
        raise NotEmpty(
            f"{_home()} is not empty ({', '.join(found[:3]) or models}): restore into"
            " an empty DATA_DIR."
        )


def put_in_place(backup: Backup, progress: Progress) -> None:
    """Write the files, then fill the database; all under the mark."""
    _refuse_other_key(backup)
    _mark(backup)
    _write_keys(backup)
    with backup.member(contents.SETTINGS) as file:
        _write(_home() / contents.SETTINGS, file)
    for prefix, folder in (
        (contents.DATA, _home()),
        (contents.MODELS, Path(settings.MODEL_DIR)),
    ):
        _unpack(backup, backup.named(prefix), prefix, folder)
    progress(0.4)
    with backup.member(contents.DATABASE) as file:
        postgres_tools.load(file, int(backup.facts["postgres"]))
    progress(0.9)


def finish(progress: Progress) -> dict[str, Any]:
    """Fit the database to its new server and this release, hold all sending, make the
    history, take the mark away.
    """
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        transactions_of_another_server.forget()
        # it was being made when the snapshot was taken
        Job.objects.live().filter(kind="backup").update(
            state=Job.State.CANCELLED, finished_at=Now()
        )
        # what left since the backup would leave again: a person lets sending go on
        signals.shop_restored.send(sender=Job)
    history.rebuild(progress=progress)
    mark = half_restored.mark(_home())
    facts = json.loads(mark.read_text())
    mark.unlink()
    return {
        **facts,
        "customers": Customer.objects.count(),
        "events": Event.objects.count(),
        "sending": "paused",
    }


def _home() -> Path:
    return Path(settings.DATA_DIR)


def _mark(backup: Backup) -> None:
    facts = {
        "file": str(backup.path),
        "made_at": backup.facts["made_at"],
        "version": backup.facts["version"],
    }
    mark = half_restored.mark(_home())
    draft = mark.with_name(f"{mark.name}.{os.getpid()}")
    draft.write_text(json.dumps(facts))
    draft.replace(mark)


def _refuse_newer(backup: Backup) -> None:
    """Refuse tables that this release does not know."""
    known = {".".join(one) for one in MigrationLoader(None).disk_migrations}
    ours = {name.partition(".")[0] for name in known}
    for name in backup.facts["migrations"]:
        if name not in known and name.partition(".")[0] in ours:
            raise archive.Unreadable(
                f"{backup.path} was made by a newer release"
                f" ({backup.facts['version']}; {name} is unknown here): update Rapport,"
                " then restore it."
            )


def _keys(backup: Backup) -> dict[str, Any]:
    with backup.member(contents.KEYS) as file:
        return dict(json.loads(file.read()))


def _refuse_other_key(backup: Backup) -> None:
    """Refuse a SECRET_KEY of the environment that does not open this shop."""
    if not os.environ.get("SECRET_KEY"):
        return
    known = {keyring.fingerprint(one) for one in keyring.secrets()}
    if _keys(backup)["fingerprint"] not in known:
        raise BackupError(
            "SECRET_KEY in the environment is not this shop's: unset it, and the"
            " backup's own is taken."
        )


def _write_keys(backup: Backup) -> None:
    kept = _keys(backup)
    for name, text in (
        (secret_key.NAME, kept["secret_key"]),
        (secret_key.OLD_NAME, "\n".join(kept["old"])),
    ):
        if text:
            with private_files.opened(_home() / name) as file:
                file.write(text.encode())


def _unpack(
    backup: Backup, members: Iterable[Member], prefix: str, folder: Path
) -> None:
    with archive.opened(backup.path) as packed:
        for member in members:
            path = folder / member.name.removeprefix(prefix)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with packed.open(member.name) as file:
                _write(path, file)


def _write(path: Path, file: Any) -> None:
    with private_files.opened(path) as copy:
        shutil.copyfileobj(file, copy, archive.CHUNK)
