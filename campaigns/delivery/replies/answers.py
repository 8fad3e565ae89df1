"""Do what a person's answer asks for, by whatever channel it came."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.gating import suppression
from campaigns.delivery.replies.keywords import Meaning
from campaigns.delivery.track import engagement, optout
from campaigns.models import Message, Touchpoint
from campaigns.rendering.compose import shop
from profiles.models import Consent, Customer

SOURCE = "the customer, by reply"


def obey(
    channel: Channel,
    address: str,
    people: Sequence[Customer],
    meant: Meaning,
    about: Message | None,
) -> str:
    """Do what an answer asks for, committed with it; return what is said back."""
    name = shop()["shop"]["name"]
    match meant:
        case Meaning.STOP:
            _stop(channel, address, people, about)
            return _(
                "%(shop)s: you get no more messages here. Answer START to get them"
                " again."
            ) % {"shop": name}
        case Meaning.START:
            _start(channel, address, people)
            return _(
                "%(shop)s: you get our messages again. Answer STOP to end them."
            ) % {"shop": name}
        case Meaning.HELP:
            told = provider_settings.carrier(channel.key).given.text("help_reply")
            return told or _("%(shop)s: answer STOP to get no more messages.") % {
                "shop": name
            }
    return ""


def _stop(
    channel: Channel, address: str, people: Sequence[Customer], about: Message | None
) -> None:
    """End the whole channel; the address too, so that it holds for whoever is imported
    with it later.
    """
    suppression.suppress(channel, address, suppression.ANSWERED_STOP)
    moments = [_state(channel, person, Consent.Status.WITHDRAWN) for person in people]
    moment = next((one for one in moments if one is not None), None)
    if about is not None and moment is not None:
        engagement.note(about, Touchpoint.Kind.UNSUBSCRIBE, moment, {"by": "reply"})


def _start(channel: Channel, address: str, people: Sequence[Customer]) -> None:
    suppression.lift(channel, address, suppression.ANSWERED_STOP)
    for person in people:
        _state(channel, person, Consent.Status.GRANTED)


def _state(channel: Channel, person: Customer, status: str) -> datetime | None:
    return optout.state(
        person, channel.key, Consent.ALL_TOPICS, status, network="", source=SOURCE
    )
