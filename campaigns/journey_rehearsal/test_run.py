"""Send every message of every path of a journey to a colleague at once, marked as tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from campaigns.content.journey_graph import Graph
from campaigns.content.model import Content
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress, ProviderAway
from campaigns.delivery.test_sends import address_of, send_test
from campaigns.journey_rehearsal.rehearse import script_of
from campaigns.lifecycle.preview import look
from campaigns.models import Campaign
from campaigns.rendering.rendered import Rendered
from retention_site.lib import registry


def send_all(journey: Campaign, to: str, *, by: User) -> dict[str, Any]:
    """Send the newest version's messages to an address by the way of a campaign's test;
    say of each what came of it. Raise `CannotRehearse`.

    A step that speaks on several channels is sent on those that such an address has.
    """
    script = script_of(journey)
    found = [
        _sent(script.graph, number, content, channel, to, by)
        for number, content in sorted(script.messages.items())
        for channel in _channels(content, to)
    ]
    return {
        "journey": journey.name,
        "version": script.version.number,
        "to": to,
        "sent": sum(one["is_taken"] for one in found),
        "messages": found,
    }


def _channels(content: Content, to: str) -> list[str]:
    """Return a step's channels on which such an address can be written to; without any
    the first, which says why it can't.
    """
    channels = content.channels_of(content.arms[0])
    fitting = [one for one in channels if _takes(registry.load("channels", one)(), to)]
    return fitting or list(channels[:1])


def _takes(channel: Channel, to: str) -> bool:
    try:
        address_of(channel, to)
    except NoAddress:
        return False
    return True


def _sent(
    graph: Graph, number: int, content: Content, channel: str, to: str, by: User
) -> dict[str, Any]:
    step = graph.places[number].key
    looked = look(content, content.arms[0].name, channel, None)
    if looked.said is None:
        is_taken, words = False, looked.problem
    else:
        said = replace(looked.said, subject=_named(step, looked.said.subject))
        is_taken, words = _tried(channel, to, said, by)
    return {
        "step": step,
        "path": path_to(graph, number),
        "channel": channel,
        "is_taken": is_taken,
        "sentence": words,
    }


def _tried(channel: str, to: str, said: Rendered, by: User) -> tuple[bool, str]:
    try:
        tried = send_test(registry.load("channels", channel)(), to, said, by=by)
    except ProviderAway as error:
        return False, str(error)
    return tried.is_taken, tried.sentence


def _named(step: str, subject: str) -> str:
    """Say in the subject which step speaks, where there is a subject."""
    return _("{step}: {subject}").format(step=step, subject=subject) if subject else ""


def path_to(graph: Graph, number: int) -> list[str]:
    """Return one way that leads to a step: the outcomes that open it, from the first."""
    for place in graph.places[:number]:
        for outcome, way in place.ways.items():
            if way == number:
                said = [f"{place.key}: {outcome}"] if len(place.ways) > 1 else []
                return [*path_to(graph, place.number), *said]
    return []
