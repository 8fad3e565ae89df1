"""What `manage.py journey` can be asked."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from retention_site.lib.commands import moment

DAYS, MOST_DAYS = 90, 730  # of a rehearsal


def add_verbs(parser: CommandParser) -> None:
    """Declare every verb of `manage.py journey` with its options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    applying = _verb(
        verbs, "apply", "store a journey's file as a version to be reviewed", "file"
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
        "--by", metavar="USER", required=True, help="who approves it; never the author"
    )
    publishing = _verb(
        verbs, "publish", "let the approved version in, and open the entries"
    )
    inside = publishing.add_mutually_exclusive_group()
    inside.add_argument(
        "--finish-on-old",
        action="store_true",
        help="those inside finish on the version they are on",
    )
    inside.add_argument(
        "--map",
        metavar="OLD=NEW,…",
        help="where those inside go, step by step; NEW may be leave",
    )
    for verb, words in (
        ("pause", "let nobody go on, send nothing"),
        ("resume", "let it go on"),
        ("drain", "let nobody in any more; those inside go on to the end"),
        ("stop", "end it for good, everybody out"),
        ("show", "say which version runs and how many stand where"),
    ):
        _verb(verbs, verb, words)
    removing = _verb(verbs, "remove", "take one customer out")
    removing.add_argument("customer", metavar="CUSTOMER", help="the shop's id")
    rehearsing = _verb(
        verbs, "rehearse", "walk everybody through it in the last days of the history"
    )
    _add_past(rehearsing, "the day on which the rehearsal ends (default: now)")
    following = _verb(
        verbs, "follow", "say step by step how one customer went through it, and why"
    )
    following.add_argument("customer", metavar="CUSTOMER", help="the shop's id")
    _add_past(following, "through the history before T; a draft always")
    reporting = _verb(verbs, "report", "say what each step came to and what it changed")
    reporting.add_argument(
        "--until",
        type=moment,
        metavar="T",
        help="outcomes before T only (default: now)",
    )
    testing = _verb(
        verbs, "test", "send every message of every path to one address, as tests"
    )
    testing.add_argument(
        "--to", required=True, metavar="ADDRESS", help="of staff, or a listed one"
    )


def _add_past(verb: Any, words: str) -> None:
    verb.add_argument("--as-of", type=moment, metavar="T", help=words)
    verb.add_argument(
        "--days",
        type=_days,
        default=DAYS,
        metavar="N",
        help="how many days of history (default: 90)",
    )


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise ArgumentTypeError(f"{text!r} is not a number of days, 1 to {MOST_DAYS}")
    return int(text)


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
