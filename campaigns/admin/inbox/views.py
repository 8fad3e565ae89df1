"""The inbox's pages: the newest of one channel, one of them open."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from campaigns.delivery.sinks import ports
from profiles.models import Customer
from retention_site.lib import clock
from retention_site.lib.admin.letters import letter
from retention_site.lib.admin.pages import show

from . import reading
from .drawing import glance_of, letter_of, note_of

PAGE = 40
MOST_DIGITS = 16  # of a place in a file
CHANNELS = {
    "email": (_("Mail"), "mail"),
    "sms": (_("Text messages"), "sms"),
    "push": (_("Phone"), "smartphone"),
    "webhook": (_("Webhooks"), "webhook"),
}


def inbox(request: HttpRequest, channel: str = "email") -> HttpResponse:
    """Show what the local sink of one channel received, newest first."""
    if channel not in CHANNELS:
        raise Http404
    draw = glance_of if channel == "email" else note_of
    lines = reading.newest(_log(channel), PAGE, _whole(request.GET.get("before")))
    received = [draw(line.place, line.facts) for line in lines]
    chosen = _open(channel, request.GET.get("open"), received)
    context = {
        "title": _("Inbox"),
        "channel": channel,
        "tabs": [(key, *CHANNELS[key], reading.size(_log(key))) for key in CHANNELS],
        "received": received,
        "open": chosen,
        "thread": (
            [one for one in reversed(received) if chosen and one.to == chosen.to]
            or [chosen]
        ),
        "older": lines[-1].place if len(lines) == PAGE and lines[-1].place else None,
        "shop_now": clock.now(),
        "is_simulated": Customer.objects.filter(contacts_are_simulated=True).exists(),
    }
    return show(request, admin.site, f"admin/campaigns/inbox/{channel}.html", context)


def opened(request: HttpRequest, place: int) -> HttpResponse:
    """The HTML of one mail, for the sandboxed frame."""
    line = reading.at(_log("email"), place)
    if line is None:
        raise Http404
    found = letter_of(line.place, line.facts)
    return letter(
        found.html or format_html("<pre>{}</pre>", found.text), opens_links=True
    )


def _open(channel: str, place: str | None, received: list[Any]) -> Any:
    """The whole of the one that was asked for, else of the newest."""
    wanted = received[0].place if place is None and received else _whole(place)
    if wanted is None:
        return None
    line = reading.at(_log(channel), wanted)
    draw = letter_of if channel == "email" else note_of
    return draw(line.place, line.facts) if line else None


def _log(channel: str) -> Any:
    return ports.folder() / f"{channel}.jsonl"


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < MOST_DIGITS else None
