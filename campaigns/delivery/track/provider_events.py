"""What providers tell becomes the message's state, a suppression where it must, and an
event of the customer. Once.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.channels.provider import Heard, What
from campaigns.delivery.gating import suppression
from campaigns.delivery.replies import answers, keywords
from campaigns.delivery.track import engagement, optout, soft_bounces
from campaigns.models import Attempt, Message, Touchpoint
from profiles.models import Customer
from retention_site.lib.clock import now

State, Kind = Message.State, Touchpoint.Kind
SOON_ENOUGH = timedelta(days=90)  # answers that come later than this are nobody's
LONGEST_REASON = 200
MOST_PEOPLE = 100  # who share an address


class TooEarly(Exception):
    """Our own result of this message is not written down yet: tell us again."""


@dataclass(frozen=True)
class Taken:
    """What came of it: the message it was about, and words that its sender should get
    back.
    """

    message: Message | None
    reply: str = ""


@transaction.atomic
def take(channel: Channel, provider: str, told: Heard) -> Taken:
    """Take in one thing that a provider told; told again it changes nothing. Raise
    `TooEarly`.
    """
    if told.what == What.REPLIED:
        return _reply(channel, told)
    message = _message_of(channel, provider, told)
    if message is not None:
        _is_taken_for_sure(message, told)
    if told.by_mail:
        if message is None:
            return Taken(None)  # anybody may have written it
        told = _of_its_own_address(channel, message, told)
    match told.what:
        case What.DELIVERED:
            _move(message, State.DELIVERED)
        case What.BOUNCED:
            _bounced(channel, message, told)
        case What.COMPLAINED:
            _complained(channel, message, told)
        case What.UNSUBSCRIBED:
            _unsubscribed(channel, message, told)
    return Taken(message)


def _message_of(channel: Channel, provider: str, told: Heard) -> Message | None:
    """Find the message by the provider's reference, by our own number, or by its key
    among the person's messages.
    """
    if told.ref:
        found = Attempt.objects.filter(
            provider=provider, provider_ref=told.ref
        ).select_related("message__campaign")
        if attempt := found.select_related("message__customer__merged_into").first():
            return attempt.message
    if told.message is not None:
        message = engagement.message_of(told.message)
        return message if message and told.key in ("", message.message_id) else None
    return _of_person(channel, told) if told.key and told.address else None


def _of_person(channel: Channel, told: Heard) -> Message | None:
    recent = Message.objects.filter(
        customer__in=people_at(channel, told.address),
        message_id=told.key,
        sent_at__gt=now() - SOON_ENOUGH,
    )
    return recent.select_related("campaign", "customer__merged_into").first()


def people_at(channel: Channel, address: str) -> list[Customer]:
    """Return who is reached at an address, joined accounts included."""
    found = channel.people_at(address).filter(erased_at=None)
    return list(found.select_related("merged_into")[:MOST_PEOPLE])


def _of_its_own_address(channel: Channel, message: Message, told: Heard) -> Heard:
    """Let a mail speak of the address that its message went to, and of no other.

    A report names where the mail was forwarded to, or whatever its writer likes: nobody
    else is given up by it.
    """
    ours = _written_to(channel, message)
    named = told.address or ours
    is_ours = bool(ours) and channel.normal(named) == channel.normal(ours)
    return replace(told, address=ours, is_lasting=told.is_lasting and is_ours)


def _is_taken_for_sure(message: Message, told: Heard) -> None:
    """A provider that tells of a message has it: what was uncertain is so no more."""
    if message.state == State.SENDING:
        raise TooEarly(f"message {message.pk} is on its way")
    moved = Message.objects.filter(pk=message.pk, state=State.UNCERTAIN).update(
        state=State.SENT,
        reason="",
        sent_at=told.at or now(),
        finished_at=now(),
        lease_token=None,
        lease_until=None,
    )
    if moved:
        tried = Attempt.objects.filter(
            message=message, n=message.n_attempts, state=Attempt.State.UNCERTAIN
        )
        tried.update(
            state=Attempt.State.ACCEPTED, detail=f"the provider told: {told.what}"
        )


def _move(message: Message | None, state: str, reason: str = "") -> None:
    if message is not None:
        before = [one for one, after in Message.TRANSITIONS.items() if state in after]
        Message.objects.filter(pk=message.pk, state__in=before).update(
            state=state, reason=reason
        )


def _bounced(channel: Channel, message: Message | None, told: Heard) -> None:
    reason = f"bounced: {told.detail or 'no reason given'}"[:LONGEST_REASON]
    _move(message, State.BOUNCED, reason)
    if told.is_lasting:
        _suppress(channel, message, told, reason)
    address = told.address or _written_to(channel, message)
    is_new = _note(
        message,
        Kind.BOUNCE,
        told,
        suppression.address_hash(channel, address) if address else "",
    )
    if is_new and message is not None and address and not told.is_lasting:
        soft_bounces.give_up(
            channel, message.customer.merged_into or message.customer, address
        )


def _complained(channel: Channel, message: Message | None, told: Heard) -> None:
    reason = f"complaint: {told.detail or 'marked as spam'}"[:LONGEST_REASON]
    _move(message, State.COMPLAINED, reason)
    _suppress(channel, message, told, reason)
    _note(message, Kind.COMPLAINT, told)


def _unsubscribed(channel: Channel, message: Message | None, told: Heard) -> None:
    if message is not None:
        optout.unsubscribe(message, network="")
    else:
        _suppress(channel, message, told, "unsubscribed at the provider")


def _suppress(
    channel: Channel, message: Message | None, told: Heard, reason: str
) -> None:
    """Never write again to the address that the provider names, else to the one that we
    wrote to.
    """
    if address := told.address or _written_to(channel, message):
        suppression.suppress(channel, address, reason)


def _written_to(channel: Channel, message: Message | None) -> str:
    if message is None:
        return ""
    try:
        return channel.address(message.customer.merged_into or message.customer, {})
    except NoAddress:
        return ""


def _note(message: Message | None, kind: str, told: Heard, address: str = "") -> bool:
    if message is None:
        return False
    evidence = {"detail": told.detail, "lasting": told.is_lasting}
    return engagement.note_once(
        message, kind, told.event_id, told.at or now(), evidence, address=address
    )


def _reply(channel: Channel, told: Heard) -> Taken:
    """Take in what a person answered: STOP ends the channel, START opens it again, HELP
    is told how.
    """
    people = people_at(channel, told.address)
    message = _of_person(channel, told) if told.key else _last_to(channel, people)
    meant = keywords.meaning(told.text)
    if told.by_mail and message is None and meant != keywords.Meaning.STOP:
        return Taken(None)  # whoever wrote it may end messages, and nothing else
    if message is not None:
        words = {"text": told.text[:2000], "meant": str(meant)}
        is_new = engagement.note_once(
            message, Kind.REPLY, told.event_id, told.at or now(), words
        )
        if not is_new:
            return Taken(message)
    said = answers.obey(
        channel,
        told.address,
        [one.merged_into or one for one in people],
        meant,
        message,
    )
    return Taken(message, "" if told.is_answered else said)


def _last_to(channel: Channel, people: list[Customer]) -> Message | None:
    sent = Message.objects.filter(
        customer__in=people, channel=channel.key, sent_at__gt=now() - SOON_ENOUGH
    )
    return (
        sent.select_related("campaign", "customer__merged_into", "run__version")
        .order_by("-sent_at")
        .first()
    )
