"""What the local sinks took: the lines stay at their places, emptied, for the inbox
finds them by these.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.delivery.sinks import ports
from campaigns.delivery.sinks.log import channels, read
from campaigns.models import Message
from profiles.privacy import files
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from profiles.privacy.person_search import Sought, spellings

Line = dict[str, Any]
# of a message, wherever it stands in a Message-ID or an idempotency key
KEY = re.compile(r"[0-9a-f]{32}")
KEPT = ("at", "channel", "key", "ref")


class Sinks(Store):
    label = _("Inbox")
    fate = _(
        "What the local sinks took for the person is emptied: address, subject, text."
    )
    stays = _(
        "The line's time and key, so that every sent message can still be found once."
    )

    def erase(self, person: Person) -> Counts:
        theirs = Theirs(person)
        return {
            "line": sum(files.rewrite_lines(path, theirs.emptied) for path in _files())
        }

    def export(self, person: Person) -> Shown:
        theirs = Theirs(person)
        return [
            line for channel in channels() for line in read(channel) if theirs.has(line)
        ]


class Theirs:
    """Knows the lines of one person: by the keys of their messages, by address, by what
    they say.
    """

    def __init__(self, person: Person) -> None:
        self.sought = Sought(person)
        messages = Message.objects.filter(customer__in=person.customers).exclude(
            message_id=""
        )
        self.keys = frozenset(messages.values_list("message_id", flat=True))
        words = {
            *self.keys,
            *(one for word in self.sought.telling for one in spellings(word)),
        }
        self.likely = re.compile(
            "|".join(map(re.escape, words)).encode() or b"(?!)", re.IGNORECASE
        )

    def has(self, line: Line) -> bool:
        found = KEY.search(str(line.get("key", "")))
        return bool(found and found[0] in self.keys) or self.sought.speaks(line)

    def emptied(self, raw: bytes) -> bytes:
        """Return a line as it is, or if it is theirs without its content, as long as
        before.
        """
        if not raw.endswith(b"\n") or not self.likely.search(raw):
            return raw
        line = json.loads(raw)
        return _padded(_empty(line), len(raw)) if self.has(line) else raw


def emptied_before(raw: bytes, moment: str) -> bytes:
    """Return a line as it is, or without its content if it is older than ``moment``, in
    ISO 8601 and UTC.
    """
    if not raw.endswith(b"\n"):
        return raw
    line = json.loads(raw)
    return (
        _padded(_empty(line), len(raw)) if line["at"] < moment and line["to"] else raw
    )


def _empty(line: Line) -> Line:
    kept = {name: line[name] for name in KEPT if name in line}
    content: Line = {"body": {}} if "body" in line else {"raw": ""}
    return {**kept, "to": [], **content}


def _padded(line: Line, length: int) -> bytes:
    said = json.dumps(line).encode()
    return said.ljust(length - 1) + b"\n"


def _files() -> Iterator[Path]:
    return (ports.folder() / f"{channel}.jsonl" for channel in channels())
