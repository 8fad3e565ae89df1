"""`manage.py check_text`: hold finished texts against their facts, without a database."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.facts import FactError, read
from retention_site.lib.commands import BadInput, RapportCommand, json_line

LONGEST_LINE = 1_000_000  # bytes


class Command(RapportCommand):
    help = (
        "Check texts against their facts: JSON lines in, one JSON line back for each."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def work(self, *, file: Path, **_options: Any) -> dict[str, Any]:
        begin = monotonic()
        n = n_refused = 0
        unread: list[str] = []
        for line in self._lines(file):
            answer = answer_of(line, n + 1)
            n += 1
            n_refused += not answer["ok"]
            if "error" in answer:
                unread.append(f"line {n}: {answer['error']}")
            self.stdout.write(json_line(answer))
        last = {"n": n, "refused": n_refused, "seconds": round(monotonic() - begin, 3)}
        if unread:
            self.stdout.write(json_line(last))
            raise BadInput(
                f"{len(unread)} of {n} lines can't be read, so they are refused; {unread[0]}"
            )
        return last

    def say(self, answer: dict[str, Any]) -> str:
        return json_line(answer)

    def _lines(self, file: Path) -> Iterator[bytes]:
        """Yield the lines that hold anything, with progress."""
        try:
            size = max(1, file.stat().st_size)
            opened = file.open("rb")
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from error
        progress, n_read = self.progress(_("Checking")), 0
        with opened:
            try:
                for i, line in enumerate(opened):
                    n_read += len(line)
                    if i % 500 == 0:
                        progress(min(0.99, n_read / size))
                    if line.strip():
                        yield line
            except OSError as error:
                raise BadInput(f"{file}: {error.strerror}") from error
        progress(1)


def answer_of(line: bytes, number: int) -> dict[str, Any]:
    """Return the answer to one line; one that can't be read is refused with its reason."""
    said: Any = None
    try:
        if len(line) > LONGEST_LINE:
            raise FactError(f"longer than {LONGEST_LINE} bytes.")
        said = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        if not isinstance(said, dict):
            raise FactError("no JSON object.")
        text = said.get("text")
        if not isinstance(text, str):
            raise FactError("text is missing or no text.")
        problems = check(text, read(said)).problems
    except (FactError, ValueError, RecursionError) as error:
        name = said.get("id") if isinstance(said, dict) else None
        why = str(error) if isinstance(error, FactError) else f"no JSON: {error}"
        return {"id": name, "ok": False, "problems": [], "error": why}
    return {
        "id": said.get("id"),
        "ok": not problems,
        "problems": [
            {
                "class": one.kind,
                "start": one.start,
                "end": one.end,
                "said": one.said,
                "right": one.right or None,
            }
            for one in problems
        ],
    }
