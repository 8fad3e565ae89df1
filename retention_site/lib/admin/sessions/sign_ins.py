"""Where a person is signed in: their sessions, which one may end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.translation import gettext as _

from retention_site.lib.clock import real_now

STARTED, SEEN = "started", "seen"
ADDRESS, PROGRAM = "address", "program"
MOST_CHARACTERS = 300  # of what a browser says of itself
# The first that fits: a browser names those it is like, too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


@dataclass(frozen=True)
class SignIn:
    """One place where somebody is signed in."""

    name: str  # a digest: the session's own key would open it
    started: datetime | None
    seen: datetime | None
    address: str
    program: str
    is_this: bool = False


def note(request: HttpRequest) -> None:
    """Write into a new session where it was begun."""
    request.session[ADDRESS] = str(request.META.get("REMOTE_ADDR", ""))
    said = str(request.META.get("HTTP_USER_AGENT", ""))
    request.session[PROGRAM] = said[:MOST_CHARACTERS]


def of(user: Any, here: str | None = None) -> list[SignIn]:
    """Return where a person is signed in, the newest first; ``here`` is the key of the
    session that asks.
    """
    found = [
        SignIn(
            _name(key),
            _moment(told.get(STARTED)),
            _moment(told.get(SEEN)),
            told.get(ADDRESS, ""),
            program(told.get(PROGRAM, "")),
            key == here,
        )
        for key, told in _sessions(user)
    ]
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: one.seen or never, reverse=True)


def end(user: Any, *, only: str = "", but: str | None = None) -> int:
    """End a person's sessions: all, the one named ``only``, or all ``but`` the one with
    this key; return how many.
    """
    keys = [
        key for key, _told in _sessions(user) if key != but and only in ("", _name(key))
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]


def program(said: str) -> str:
    """Say which browser on which system it is, by what it says of itself."""
    browser = next((name for sign, name in BROWSERS.items() if sign in said), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in said), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("another program")


def _sessions(user: Any) -> list[tuple[str, dict[str, Any]]]:
    """Sessions don't say in the database whose they are; staff have few of them."""
    living = Session.objects.filter(expire_date__gt=real_now())
    decoded = ((one.session_key, one.get_decoded()) for one in living.iterator())
    return [
        (key, told) for key, told in decoded if told.get(SESSION_KEY) == str(user.pk)
    ]


def _name(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:16]


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
