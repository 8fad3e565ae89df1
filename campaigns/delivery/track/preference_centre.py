"""What a customer gets, channel by channel and topic by topic, as the preference centre
shows and changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.send_rules import rules_of
from campaigns.delivery.track import optout
from campaigns.models import CampaignVersion, Message
from profiles.consents import consent_ledger
from profiles.consents.consent_state import ConsentStatement, state_of
from profiles.models import Consent, Customer
from retention_site.lib import registry
from retention_site.lib.clock import now

MOST_TOPICS = 12
EVERY = Consent.ALL_TOPICS


@dataclass(frozen=True)
class Topic:
    """One subject on one channel."""

    key: str  # as the form names it: email:offers
    name: str
    is_wanted: bool

    @property
    def label(self) -> str:
        """Write the shop's word for it as the start of a line."""
        return self.name.replace("_", " ").replace("-", " ").strip().capitalize()


@dataclass(frozen=True)
class Choice:
    """One channel of the preference centre, with its topics."""

    channel: str
    is_wanted: bool
    address: str = ""  # so much of it that its owner knows it
    topics: tuple[Topic, ...] = ()

    @property
    def plugin(self) -> type[Channel] | None:
        try:
            return registry.load("channels", self.channel)
        except registry.UnknownPlugin:
            return None

    @property
    def label(self) -> str:
        """Name the channel for the customer; one that is no longer plugged in goes by
        its key.
        """
        return str(self.plugin.label) if self.plugin else self.channel

    @property
    def icon(self) -> str:
        return self.plugin.icon if self.plugin else "send"


def choices(message: Message) -> list[Choice]:
    """Return the channels on which this customer ever said anything, and what holds
    now.
    """
    person = optout.person_of(message)
    said = consent_ledger.said_by([person.pk]).get(person.pk, [])
    named = (
        {one.topic for one in said} | {rules_of(message).topic} | _topics_of_campaigns()
    )
    topics = sorted(named - {EVERY})[:MOST_TOPICS]
    return [
        _choice(person, channel, said, topics, now())
        for channel in sorted({one.channel for one in said})
    ]


@transaction.atomic
def choose(message: Message, wanted: Mapping[str, bool], *, network: str) -> None:
    """Grant or withdraw channels and topics; what ``wanted`` does not name stays as it
    is.
    """
    person = optout.person_of(message)
    for choice in choices(message):
        holds = wanted.get(choice.channel, choice.is_wanted)
        if holds != choice.is_wanted:
            _state(person, choice.channel, EVERY, holds, network)
        for topic in choice.topics if holds else ():
            now_holds = topic.is_wanted if holds == choice.is_wanted else holds
            if wanted.get(topic.key, now_holds) != now_holds:
                _state(person, choice.channel, topic.name, wanted[topic.key], network)


def stop_everything(message: Message, *, network: str) -> None:
    """Withdraw every channel."""
    choose(
        message, {choice.channel: False for choice in choices(message)}, network=network
    )


def _choice(
    person: Customer,
    channel: str,
    said: Sequence[ConsentStatement],
    topics: Iterable[str],
    moment: datetime,
) -> Choice:
    lines = tuple(
        Topic(f"{channel}:{topic}", topic, _is_granted(said, channel, topic, moment))
        for topic in topics
    )
    if any((one.channel, one.topic) == (channel, EVERY) for one in said):
        is_wanted = _is_granted(said, channel, EVERY, moment)
    else:
        is_wanted = any(line.is_wanted for line in lines)
    return Choice(channel, is_wanted, _masked(person, channel), lines)


def _is_granted(
    said: Sequence[ConsentStatement], channel: str, topic: str, moment: datetime
) -> bool:
    return state_of(said, channel, topic, moment) == Consent.Status.GRANTED


def _state(
    person: Customer, channel: str, topic: str, is_wanted: bool, network: str
) -> None:
    status = Consent.Status.GRANTED if is_wanted else Consent.Status.WITHDRAWN
    optout.state(person, channel, topic, status, network=network)
    if is_wanted:
        _lift_stop(person, channel)


def _lift_stop(person: Customer, key: str) -> None:
    """Who asks for messages again takes an earlier STOP back; a bounce or a complaint
    stands.
    """
    try:
        channel = registry.load("channels", key)()
        suppression.lift(
            channel, channel.address(person, {}), suppression.ANSWERED_STOP
        )
    except (registry.UnknownPlugin, NoAddress):
        return


def _topics_of_campaigns() -> set[str]:
    """Topics of what the shop sends now."""
    sent = CampaignVersion.objects.filter(
        state=CampaignVersion.State.APPROVED, campaign__state="active"
    )
    return {
        str(topic)
        for topic in sent.values_list("content__topic", flat=True).distinct()[:100]
        if topic
    }


def _masked(person: Customer, channel: str) -> str:
    """Show the ends of an address: the link may have been passed on."""
    try:
        plugin = registry.load("channels", channel)()
        return str(plugin.masked(plugin.address(person, {})))
    except (registry.UnknownPlugin, NoAddress):
        return ""
