"""The inbox's pages: the newest of one channel, one of them open."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.email import Email
from campaigns.delivery.channels.sink_drawing import letter_of
from campaigns.delivery.sinks import ports
from profiles.models import Customer
from retention_site.lib import clock, registry
from retention_site.lib.admin.letters import letter
from retention_site.lib.admin.pages import show

from . import reading

PAGE = 40
MOST_DIGITS = 16  # of a place in a file


def inbox(request: HttpRequest, channel: str = Email.key) -> HttpResponse:
    """Show what the local sink of one channel received, newest first."""
    shown = _readable()
    if channel not in shown:
        raise Http404
    plugin = shown[channel]
    lines = reading.newest(_log(channel), PAGE, _whole(request.GET.get("before")))
    received = [plugin.glance(line.place, line.facts) for line in lines]
    chosen = _open(plugin, request.GET.get("open"), received)
    context = {
        "title": _("Inbox"),
        "channel": channel,
        "label": plugin.label,
        "tabs": [
            (key, one.label, one.icon, reading.size(_log(key)))
            for key, one in shown.items()
        ],
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
    template = f"admin/campaigns/inbox/{plugin.look}.html"
    return show(request, admin.site, template, context)


def _readable() -> dict[str, Channel]:
    """Return the channels whose messages a person can read here."""
    kinds = registry.everything("channels")
    return {key: kind() for key, kind in kinds.items() if not kind.is_sealed}


def opened(request: HttpRequest, place: int) -> HttpResponse:
    """The HTML of one mail, for the sandboxed frame."""
    line = reading.at(_log(Email.key), place)
    if line is None:
        raise Http404
    found = letter_of(line.place, line.facts)
    return letter(
        found.html or format_html("<pre>{}</pre>", found.text), opens_links=True
    )


def _open(channel: Channel, place: str | None, received: list[Any]) -> Any:
    """The whole of the one that was asked for, else of the newest."""
    wanted = received[0].place if place is None and received else _whole(place)
    if wanted is None:
        return None
    line = reading.at(_log(channel.key), wanted)
    return channel.opened(line.place, line.facts) if line else None


def _log(channel: str) -> Any:
    return ports.folder() / f"{channel}.jsonl"


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < MOST_DIGITS else None
