"""Write the whole shop into one file: `manage.py backup FILE`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from profiles.backups.archive import BackupError
from profiles.backups.create import create
from retention_site.lib.commands import BadInput, RapportCommand

GUARDED = (
    "It holds the shop's keys and customers: whoever reads it has the shop. Only this"
    " account may read it (mode 600); keep it off this machine, encrypted."
)


class Command(RapportCommand):
    help = "Write database, keys, models, settings and uploads into one checked file."
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def work(self, *, file: Path, **_options: Any) -> dict[str, Any]:
        try:
            made = create(file, progress=self.progress("backup"))
        except BackupError as error:
            raise BadInput(str(error)) from None
        self.stderr.write(GUARDED)
        return asdict(made)

    def say(self, answer: dict[str, Any]) -> str:
        return f"{answer['file']}: {answer['bytes']:,} bytes, sha256 {answer['sha256']}"
