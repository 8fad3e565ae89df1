"""Human or machine, judged anew: `manage.py reclassify --since 2026-01-01`."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser

from campaigns.delivery.track.reclassify import reclassify
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = (
        "Judge the kept evidence of opens and clicks by today's signs, and by what"
        " shows only in hindsight."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", help="ISO 8601, with a zone; left out: the last 30 days"
        )

    def work(self, *, since: str | None, **_options: Any) -> dict[str, Any]:
        try:
            moment = (
                datetime.fromisoformat(since).astimezone()
                if since
                else now() - timedelta(days=30)
            )
        except ValueError:
            raise BadInput(
                f"{since!r} is no time; write it like 2026-01-01T00:00+01:00."
            ) from None
        judged = reclassify(moment)
        return {
            "n": judged.n,
            "now_human": judged.now_human,
            "now_machine": judged.now_machine,
        }
