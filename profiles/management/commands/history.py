"""Make the history anew, or say how fresh it is: `manage.py history rebuild|status`."""

from dataclasses import asdict
from time import monotonic
from typing import Any

from django.core.management.base import CommandParser

from profiles import history
from retention_site.lib.commands import RapportCommand


class Command(RapportCommand):
    help = (
        "Rebuild the columnar copy of the facts, bring it up to date, check its files,"
        " or say how old it is."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what", choices=["rebuild", "refresh", "check", "follow", "status"]
        )

    def work(self, what: str, **_options: Any) -> dict[str, Any]:
        began = monotonic()
        if what == "rebuild":
            history.rebuild(progress=self.progress("history"))
        if what == "refresh":
            history.refresh(progress=self.progress("history"))
        if what == "check":
            history.sweep()
        if what == "follow":
            history.follow()
        return asdict(history.freshness()) | {"seconds": round(monotonic() - began, 3)}
