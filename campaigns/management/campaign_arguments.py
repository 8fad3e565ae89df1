"""What `manage.py campaign` can be asked."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import Any

from django.core.management.base import CommandParser

from retention_site.lib.commands import moment


def add_verbs(parser: CommandParser) -> None:
    """Declare every verb of `manage.py campaign` with its options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    applying = _verb(
        verbs, "apply", "store a campaign file as a version to be reviewed", "file"
    )
    applying.add_argument(
        "--by",
        metavar="USER",
        help="who wrote it (default: the account of the shell)",
    )
    approving = _verb(
        verbs, "approve", "let a second person approve the version in review"
    )
    approving.add_argument(
        "--by",
        metavar="USER",
        required=True,
        help="who approves it; never the author",
    )
    _seen(approving)
    running = _verb(verbs, "run", "fire the approved version")
    _seen(running)
    running.add_argument(
        "--wait",
        action="store_true",
        help="until every message that may go now has gone",
    )
    running.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would happen; write and send nothing",
    )
    running.add_argument(
        "--guarded",
        action="store_true",
        help="refuse what the admin asks to confirm: the same people again,"
        " too few coupons, missing consent",
    )
    running.add_argument("--key", help="the same key fires once (default: a new one)")
    running.add_argument(
        "--as-of",
        type=moment,
        metavar="T",
        help="choose the audience by what happened before T",
    )
    for verb, words in (
        ("pause", "hold back what is not sent yet"),
        ("resume", "let it go on"),
        ("stop", "end it for good; what waits is cancelled"),
    ):
        _verb(verbs, verb, words)
    replaying = _verb(
        verbs,
        "replay",
        "try again the webhooks and occasions that were refused or too late",
    )
    replaying.add_argument(
        "--since",
        type=moment,
        metavar="T",
        help="those of since then (default: all)",
    )
    rehearsing = _verb(
        verbs,
        "rehearse",
        "try it on the history: audience, volume, cost, sample messages, forecast",
    )
    rehearsing.add_argument(
        "--as-of", type=moment, metavar="T", help="any past moment (default: now)"
    )
    looking = _verb(
        verbs,
        "audience",
        "say whom the newest version means, with the hash of their ids",
    )
    looking.add_argument(
        "--as-of",
        type=moment,
        metavar="T",
        help="by what had happened before T (default: now)",
    )
    looking.add_argument(
        "--known-at",
        type=moment,
        metavar="K",
        help="and was known by K (default: now)",
    )
    looking.add_argument(
        "--against", type=moment, metavar="T", help="say who came and went since T"
    )
    looking.add_argument("--out", metavar="FILE", help="write customer_id, arm, change")
    reporting = _verb(
        verbs, "report", "say who got it, who did not and why, and what it changed"
    )
    reporting.add_argument(
        "--run", type=int, help="number of the run (default: the newest)"
    )
    reporting.add_argument(
        "--until",
        type=moment,
        metavar="T",
        help="count what happened before T (default: now)",
    )


def _seen(verb: CommandParser) -> None:
    """Let the caller say which version was looked at; another is refused."""
    verb.add_argument(
        "--version",
        type=int,
        metavar="N",
        dest="number",
        help="refuse any other version",
    )
    verb.add_argument(
        "--hash",
        default="",
        metavar="H",
        help="refuse any other content (its first letters do)",
    )


def _verb(verbs: Any, name: str, words: str, what: str = "name") -> Any:
    verb = verbs.add_parser(name, help=words)
    verb.add_argument(what, metavar=what.upper())
    verb.add_argument(
        "--json",
        action="store_true",
        default=SUPPRESS,
        help="print one JSON object as the last line of stdout",
    )
    return verb
