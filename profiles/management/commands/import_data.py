"""Take a file in: `manage.py import_data KIND FILE`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from profiles.intake.column_mapping.saved import named
from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.imports import load
from retention_site.lib import registry
from retention_site.lib.commands import BadInput, RapportCommand, moment


class Command(RapportCommand):
    help = (
        "Import customers, items, events, consents, campaigns or recipients from CSV,"
        " CSV.gz, Parquet or Excel."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kind",
            metavar="KIND",
            help=", ".join(
                [*registry.keys("imports"), *registry.keys("folder_imports")]
            ),
        )
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--source",
            metavar="NAME",
            default="",
            help="where the rows come from; default: the file's name",
        )
        parser.add_argument(
            "--mapping",
            metavar="FILE|NAME",
            help="which column is which: a YAML or JSON file, or what the admin saved",
        )
        parser.add_argument(
            "--latest",
            metavar="T",
            type=moment,
            help="when the file was written: later times are bad; default: now",
        )
        parser.add_argument(
            "--time-zone",
            metavar="Z",
            help="zone of times without one; default: the shop's",
        )

    def work(
        self,
        kind: str,
        file: Path,
        source: str,
        time_zone: str | None,
        latest: datetime | None,
        mapping: str | None,
        **_options: Any,
    ) -> dict[str, Any]:
        if kind in registry.keys("folder_imports"):
            return self._folder(kind, file)
        try:
            return load(
                kind,
                file,
                source,
                time_zone,
                latest=latest,
                mapping=named(mapping) if mapping else None,
                progress=self.progress(f"{kind} from {file.name}"),
            )
        except UnreadableFile as error:
            raise BadInput(str(error)) from error
        except OSError as error:
            raise BadInput(
                f"{file} can't be read: {error.strerror or error}."
            ) from error

    def _folder(self, kind: str, path: Path) -> dict[str, Any]:
        """Take in a kind that comes as a folder of files."""
        take_in = registry.load("folder_imports", kind)
        try:
            return take_in(path, self.progress(f"{kind} from {path.name}"))
        except ValueError as error:
            raise BadInput(str(error)) from error

    def say(self, answer: dict[str, Any]) -> str:
        words = (
            f"{answer['read']} rows read: {answer['stored']} stored,"
            f" {answer['updated']} updated, {answer['duplicates']} there already,"
            f" {answer['quarantined']} in quarantine ({answer['seconds']} s)."
        )
        reasons = "".join(
            f"\n  {n} × {reason}" for reason, n in answer["reasons"].items()
        )
        reasons += "".join(
            f"\n  {n} stored without a field: {reason}"
            for reason, n in answer["warnings"].items()
        )
        reasons += "".join(
            f"\n  column {column!r} is kept under its own name; did you mean {ours}?"
            for column, ours in answer["did_you_mean"].items()
        )
        if answer["joined"]:
            words += (
                f"\n  {answer['joined']} customers joined: they share an address with"
                " another."
            )
        reasons += "".join(
            f"\n  {n} not joined: {why}" for why, n in answer["kept_apart"].items()
        )
        return (
            words
            + reasons
            + (f"\nSee {answer['quarantine']}" if answer["quarantine"] else "")
        )
