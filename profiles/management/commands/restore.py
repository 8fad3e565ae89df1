"""Put a shop back from one file: `manage.py restore FILE`, into an empty DATA_DIR."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from profiles.backups import archive, restore
from profiles.backups.archive import BackupError, Unreadable
from retention_site.lib import embedded
from retention_site.lib.commands import BadInput, Failed, RapportCommand

PAUSED = (
    "All sending is paused: what left after the backup was made would leave again. Look"
    " at Alerts in the admin, then let it go on. Do the erasures since then again."
)


class Command(RapportCommand):
    help = "Put a backup back into an empty DATA_DIR and an empty database."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def work(self, *, file: Path, **_options: Any) -> dict[str, Any]:
        try:
            return self._restore(file)
        except (Unreadable, restore.NotEmpty) as error:
            raise BadInput(str(error)) from None
        except (BackupError, embedded.ServiceError) as error:
            raise Failed(str(error)) from None

    def _restore(self, file: Path) -> dict[str, Any]:
        # a bad file is refused before any server is started
        backup = None if restore.is_marked() else self._verified(file)
        embedded.ensure()
        if restore.is_half_done():
            answer = restore.finish(self.progress("last steps"))
            self.stderr.write(PAUSED)
            return answer
        backup = backup or self._verified(file)
        restore.refuse_full()
        restore.put_in_place(backup, self.progress("restoring"))
        return _in_a_new_process(file)

    def _verified(self, file: Path) -> archive.Backup:
        return restore.verified(file, self.progress("checking"))

    def say(self, answer: dict[str, Any]) -> str:
        return (
            f"Restored: {answer['customers']} customers and {answer['events']} events,"
            f" as of {answer['made_at']}."
        )


def _in_a_new_process(file: Path) -> dict[str, Any]:
    """Go on in a new process: settings and keys are the restored shop's only there."""
    command = [sys.executable, sys.argv[0], "restore", str(file), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)  # it said why
    return dict(json.loads(done.stdout.splitlines()[-1]))
