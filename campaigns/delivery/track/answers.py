"""What a person's answer asks for: STOP, START, HELP, in the words that carriers and people use."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from campaigns.delivery import suppression
from campaigns.delivery.channels import chosen
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.track import heard, optout
from campaigns.models import Message, Touchpoint
from campaigns.words.compose import shop
from profiles.models import Consent, Customer

# CTIA's words, and what people write in the languages of the admin and of our neighbours.
WORDS = {
    "stop": "stop stopall stopp unsubscribe cancel end quit optout revoke remove abmelden arret basta td t 退订",
    "start": "start unstop subscribe anmelden 订阅",
    "help": "help info hilfe aide ayuda 帮助",
}
SOURCE = "the customer, by reply"
EDGES = re.compile(r"\A[\W_]+|(?<![\W_])[\W_]+\Z")  # a run is tried from its beginning only


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    TALK = "talk"  # a person who says something


_MEANINGS = {word: Meaning(kind) for kind, words in WORDS.items() for word in words.split()}


def meaning(text: str) -> Meaning:
    """Return what a text asks for: one of the known words and nothing else, however it is written."""
    word = EDGES.sub("", text).casefold()
    return _MEANINGS.get(word, _MEANINGS.get(word.replace(" ", ""), Meaning.TALK))


def obey(channel: Channel, address: str, people: Sequence[Customer], meant: Meaning, about: Message | None) -> str:
    """Do what an answer asks for, committed with it; return what is said back."""
    name = shop()["shop"]["name"]
    match meant:
        case Meaning.STOP:
            _stop(channel, address, people, about)
            return _("%(shop)s: you get no more messages here. Answer START to get them again.") % {"shop": name}
        case Meaning.START:
            _start(channel, address, people)
            return _("%(shop)s: you get our messages again. Answer STOP to end them.") % {"shop": name}
        case Meaning.HELP:
            told = chosen.carrier(channel.key).given.text("help_reply")
            return told or _("%(shop)s: answer STOP to get no more messages.") % {"shop": name}
    return ""


def _stop(channel: Channel, address: str, people: Sequence[Customer], about: Message | None) -> None:
    """End the whole channel; the address too, so that it holds for whoever is imported with it later."""
    suppression.suppress(channel, address, suppression.ANSWERED_STOP)
    moments = [_state(channel, person, Consent.Status.WITHDRAWN) for person in people]
    moment = next((one for one in moments if one is not None), None)
    if about is not None and moment is not None:
        heard.note(about, Touchpoint.Kind.UNSUBSCRIBE, moment, {"by": "reply"})


def _start(channel: Channel, address: str, people: Sequence[Customer]) -> None:
    suppression.lift(channel, address, suppression.ANSWERED_STOP)
    for person in people:
        _state(channel, person, Consent.Status.GRANTED)


def _state(channel: Channel, person: Customer, status: str) -> datetime | None:
    return optout.state(person, channel.key, Consent.ALL_TOPICS, status, network="", source=SOURCE)
