"""Mail that came back, as a mail server's alias hands it over: `manage.py take_mail <
mail`.
"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from campaigns.delivery.bounces.reports import MOST_BYTES
from campaigns.delivery.channels.provider import Unreadable
from campaigns.inbound.callbacks import take_mail
from campaigns.inbound.webhook_receipt import Refused
from retention_site.lib.commands import BadInput, Failed, RapportCommand


class Command(RapportCommand):
    help = (
        "Take in a bounce (RFC 3464), a complaint (RFC 5965) or a person's answer, from"
        " a file or standard input."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            help="the mail as bytes; left out: standard input",
        )

    def work(self, *, file: Path | None, **_options: Any) -> dict[str, Any]:
        raw = file.read_bytes() if file else sys.stdin.buffer.read(MOST_BYTES + 1)
        try:
            told = take_mail(raw)
        except Unreadable as error:
            raise BadInput(str(error)) from None
        except Refused as error:
            raise Failed(error.sentence) from None  # the mail server tries again
        return {"told": [str(one.what) for one in told]}

    def say(self, answer: dict[str, Any]) -> str:
        return ", ".join(answer["told"]) or "It tells nothing of a message of ours."
