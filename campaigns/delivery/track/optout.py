"""What customers decide about being written to: a statement in the ledger, committed before the answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from campaigns.delivery import suppression
from campaigns.delivery.channels.contract import NoAddress
from campaigns.delivery.rules import rules_of
from campaigns.delivery.track import heard
from campaigns.models import Message, Touchpoint
from profiles.models import Consent, Customer
from retention_site.lib import registry
from retention_site.lib.clock import now

SOURCE = "the customer, by link"


@dataclass(frozen=True)
class Choice:
    """One line of the preference centre."""

    channel: str
    is_wanted: bool

    @property
    def label(self) -> str:
        """Name the channel for the customer; one that is no longer plugged in goes by its key."""
        try:
            return str(registry.load("channels", self.channel).label)
        except registry.UnknownPlugin:
            return self.channel


@transaction.atomic
def unsubscribe(message: Message, *, network: str) -> None:
    """End what this message belongs to: its topic on its channel. Again changes nothing."""
    topic = rules_of(message).topic
    moment = state(_person(message), message.channel, topic, Consent.Status.WITHDRAWN, network=network)
    if moment is not None:
        heard.note(message, Touchpoint.Kind.UNSUBSCRIBE, moment, {"network": network})


@transaction.atomic
def choose(message: Message, wanted: dict[str, bool], *, network: str) -> None:
    """Grant or withdraw whole channels."""
    person = _person(message)
    for choice in choices(message):
        if choice.channel in wanted and wanted[choice.channel] != choice.is_wanted:
            status = Consent.Status.GRANTED if wanted[choice.channel] else Consent.Status.WITHDRAWN
            state(person, choice.channel, Consent.ALL_TOPICS, status, network=network)
            if wanted[choice.channel]:
                _lift_stop(person, choice.channel)


def _lift_stop(person: Customer, key: str) -> None:
    """Who asks for messages again takes an earlier STOP back; a bounce or a complaint stands."""
    try:
        channel = registry.load("channels", key)()
        suppression.lift(channel, channel.address(person, {}), suppression.ANSWERED_STOP)
    except (registry.UnknownPlugin, NoAddress):
        return


def choices(message: Message) -> list[Choice]:
    """Return the channels on which this customer ever said anything, and what holds now."""
    newest: dict[str, Consent] = {}
    for one in _statements(_person(message)).order_by("channel", "at", "status"):
        newest[one.channel] = one  # "withdrawn" sorts after "granted": it wins a tie
    return [Choice(channel, one.status == Consent.Status.GRANTED) for channel, one in newest.items()]


def state(
    person: Customer, channel: str, topic: str, status: str, *, network: str, source: str = SOURCE
) -> datetime | None:
    """Write a statement that holds from now on; return its time, None when just that holds or the person was erased."""
    if person.erased_at:
        return None  # nothing is known of them any more, and they are not written to
    known = _statements(person).filter(channel=channel, topic__in={"", topic})
    last = known.order_by("-at", "-status").first()
    if last is not None and last.status == status and last.at <= now():
        return None
    latest = known.aggregate(latest=Max("at"))["latest"]
    moment = now() if latest is None or latest < now() else latest + timedelta(microseconds=1)
    Consent.objects.create(
        customer=person, channel=channel, topic=topic, status=status, at=moment, source=source, ip=network
    )
    return moment


def _person(message: Message) -> Customer:
    return message.customer.merged_into or message.customer


def _statements(person: Customer) -> QuerySet[Consent]:
    return Consent.objects.filter(customer__in=Customer.objects.filter(pk=person.pk) | person.merged.all())
