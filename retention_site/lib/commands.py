"""What every command shares: progress on stderr, one JSON object as the last line of
stdout, exit codes.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from getpass import getuser
from io import TextIOWrapper
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import OperationalError, ProgrammingError, connection

from retention_site.lib import acts, disk
from retention_site.lib.security import keyring


class BadInput(CommandError):
    """Wrong arguments or unreadable input: one clear sentence, exit code 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=2)


class Failed(CommandError):
    """The work could not be done: one clear sentence, exit code 1."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=1)


class RapportCommand(BaseCommand):
    """A command whose ``work`` returns the JSON object of docs/contract/commands.md and
    prints words meanwhile.
    """

    requires_system_checks: list[str] = []
    # what is written into the audit trail: all, or these verbs
    audited: ClassVar[bool | tuple[str, ...]] = False
    _called_from_command_line: bool  # Django sets it when a shell runs the command

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json",
            action="store_true",
            help="print one JSON object as the last line of stdout",
        )
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """Declare this command's own arguments."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run; from a shell an error is its sentence alone and an exit code, never a
        class name or a traceback.
        """
        if self._called_from_command_line and isinstance(sys.stdout, TextIOWrapper):
            # JSON is, whatever the terminal is set to
            sys.stdout.reconfigure(encoding="utf-8")
        try:
            return super().execute(*args, **options)
        except (BadInput, Failed) as error:
            if not self._called_from_command_line:
                raise
            self.stderr.write(str(error))
            sys.exit(error.returncode)
        except CommandError:
            raise
        except Exception as error:
            if not self._called_from_command_line or options.get("traceback"):
                raise
            said = (
                disk.sentence(error)
                or f"Something broke here: {first_line(error)} (--traceback says where)"
            )
            self.stderr.write(said)
            sys.exit(1)

    def handle(self, *_args: Any, **options: Any) -> None:
        as_json = options.pop("json")
        try:
            if self._called_from_command_line:
                _check_keys()
            answer = self._work(
                {
                    name: value
                    for name, value in options.items()
                    if name not in _DJANGO_OPTIONS
                }
            )
        except OperationalError as error:
            if said := disk.sentence(error):
                raise Failed(said) from error
            is_away = (getattr(error.__cause__, "sqlstate", None) or "08")[:2] in AWAY
            raise Failed(
                f"The database {'is away' if is_away else 'refused'}:"
                f" {first_line(error)}"
            ) from error
        except DatabaseError as error:
            raise Failed(f"The database refused: {first_line(error)}") from error
        except UnicodeEncodeError as error:
            raise BadInput(
                f"{ascii(error.object)[:80]} is no text in UTF-8."
            ) from error
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise Failed(
                disk.sentence(error) or f"{error.strerror or error}{where}"
            ) from error
        self._tell(options)
        self.stdout.write(json_line(answer) if as_json else self.say(answer))

    def _tell(self, options: dict[str, Any]) -> None:
        """Let the audit trail know who did this in the shell: the account of the
        system, and whom it acts for.
        """
        verb = str(options.get("verb") or options.get("action") or "")
        if not (self.audited is True or (self.audited and verb in self.audited)):
            return
        name = type(self).__module__.rpartition(".")[2]
        by = " for ".join(filter(None, (getuser(), options.get("by"))))
        after = {key: plain(options[key]) for key in TOLD if options.get(key)}
        act = acts.Act(
            f"{name}.{verb}".rstrip("."),
            by,
            options.get("name") or "",
            {},
            after,
            via="command",
        )
        acts.tell(act)

    def _work(self, options: dict[str, Any]) -> dict[str, Any]:
        """Work; a shop whose database is still empty gets its tables first."""
        try:
            return self.work(**options)
        except ProgrammingError as error:
            if not _is_empty(error):
                raise
            if os.environ.get("DATABASE_URL"):
                raise Failed(
                    "The database has no tables of Rapport yet: run manage.py migrate."
                ) from error
        sys.stderr.write("Making the tables of a new shop\n")
        call_command("migrate", interactive=False, verbosity=0)
        return self.work(**options)

    def work(self, *_args: Any, **options: Any) -> dict[str, Any]:
        """Do the work; raise `BadInput` or `Failed`."""
        raise CommandError("this command does nothing yet")

    def say(self, answer: dict[str, Any]) -> str:
        """Say the answer to a person."""
        return "\n".join(f"{name}: {value}" for name, value in answer.items())

    def progress(self, words: str) -> Progress:
        """Return a bar on a terminal, lines otherwise."""
        return Progress(words)


def _check_keys() -> None:
    """Refuse to work on a shop of another SECRET_KEY; a database that is away is told
    of by the work.
    """
    with suppress(DatabaseError):
        keyring.check()


def _is_empty(error: ProgrammingError) -> bool:
    """Say whether a table was missing because nothing was ever migrated."""
    is_missing = getattr(error.__cause__, "sqlstate", None) == NO_SUCH_TABLE
    return (
        is_missing and "django_migrations" not in connection.introspection.table_names()
    )


class Progress:
    """Progress of one piece of work on stderr."""

    EVERY_SECONDS = 5.0

    def __init__(self, words: str) -> None:
        self.words, self.said_at = words, 0.0
        self.is_terminal = sys.stderr.isatty()

    def __call__(self, share: float) -> None:
        """Show that ``share`` (0–1) is done."""
        moment = time.monotonic()
        if self.is_terminal:
            filled = int(share * 30)
            end = "\n" if share >= 1 else ""
            sys.stderr.write(
                f"\r{self.words} [{'█' * filled}{' ' * (30 - filled)}]"
                f" {share:4.0%}{end}"
            )
        elif share >= 1 or moment - self.said_at >= self.EVERY_SECONDS:
            sys.stderr.write(f"{self.words} {share:.0%}\n")
            self.said_at = moment
        sys.stderr.flush()


def moment(text: str) -> datetime:
    """Parse an ISO 8601 time for argparse; a naive one is the shop's local time."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not an ISO 8601 time such as 2024-05-01T10:00+02:00"
        ) from None
    return (
        parsed
        if parsed.tzinfo
        else parsed.replace(tzinfo=ZoneInfo(settings.SHOP_TIME_ZONE))
    )


def json_line(answer: Any) -> str:
    """One line of JSON: numbers as numbers, undefined as null, never NaN."""
    return json.dumps(plain(answer), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Turn ``value`` into what JSON can say."""
    match value:
        case dict():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple() | set():
            return [plain(inner) for inner in value]
        case bool() | None | str() | int():
            return value
        case Decimal() | float():
            return float(value) if math.isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
    if hasattr(value, "item"):  # a numpy scalar
        return plain(value.item())
    return str(value)


def first_line(error: Exception) -> str:
    """The first line of an error: enough for one sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


# options that name nobody
TOLD = ("number", "hash", "slug", "kind", "scope", "file", "run", "new")
NO_SUCH_TABLE = "42P01"
# classes of PostgreSQL's errors: no connection, no room, shut down
AWAY = ("08", "53", "57")
_DJANGO_OPTIONS = {
    "verbosity",
    "settings",
    "pythonpath",
    "traceback",
    "no_color",
    "force_color",
    "skip_checks",
}
