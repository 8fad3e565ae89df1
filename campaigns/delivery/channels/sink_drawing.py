"""From a sink's line to what its device would show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import Any

from campaigns.delivery.sinks.log import mail
from retention_site.lib.admin.words import by_shop_clock

PREVIEW_CHARACTERS = 140
# the headers and the first words: all that a list shows of a mail of any size
GLANCE_CHARACTERS = 8_000


class Look(StrEnum):
    """What a channel's messages look like on their device: templates go by it."""

    LETTERS = "letters"
    BUBBLES = "bubbles"
    NOTIFICATIONS = "notifications"
    CALLS = "calls"  # the data itself


@dataclass(frozen=True)
class Letter:
    """One e-mail in the list and when opened."""

    place: int
    at: datetime
    sender: str
    to: str
    subject: str
    preview: str
    html: str
    text: str
    headers: list[tuple[str, str]]


@dataclass(frozen=True)
class Note:
    """One text message, notification or webhook call."""

    place: int
    at: datetime
    to: str
    title: str
    text: str
    link: str
    body: Any


Drawn = Letter | Note
SHOWN_HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
)


def letter_of(place: int, line: Mapping[str, Any]) -> Letter:
    """Parse one line of the e-mail log."""
    parsed = mail(dict(line))
    html, text = (_part(parsed, kind) for kind in ("html", "plain"))
    name, address = parseaddr(str(parsed["From"] or line.get("from") or ""))
    return Letter(
        place=place,
        at=_moment(line),
        sender=name or address,
        to=", ".join(line.get("to") or ()),
        subject=str(parsed["Subject"] or ""),
        preview=" ".join(text.split())[:PREVIEW_CHARACTERS],
        html=html,
        text=text,
        headers=[(name, str(parsed[name])) for name in SHOWN_HEADERS if parsed[name]],
    )


def glance_of(place: int, line: Mapping[str, Any]) -> Letter:
    """Parse only the beginning of a mail, for the list."""
    return letter_of(
        place, {**line, "raw": str(line.get("raw") or "")[:GLANCE_CHARACTERS]}
    )


def note_of(place: int, line: Mapping[str, Any]) -> Note:
    """Read one line of the text message, push or webhook log."""
    body = line.get("body") or {}
    message = body.get("message", body) if isinstance(body, Mapping) else {}
    shown = message.get("notification") or message
    data = message.get("data") or {}
    return Note(
        place=place,
        at=_moment(line),
        to=", ".join(line.get("to") or ()),
        title=str(shown.get("title") or ""),
        text=str(shown.get("body") or shown.get("text") or ""),
        link=str(data.get("url") or ""),
        body=body,
    )


def _part(parsed: Any, kind: str) -> str:
    found = parsed.get_body((kind,))
    return found.get_content() if found is not None else ""


def _moment(line: Mapping[str, Any]) -> datetime:
    """When it arrived, by the shop's clock: the sinks write real time."""
    return by_shop_clock(datetime.fromisoformat(line["at"]))
