"""What customers decide about being written to: a statement in the ledger, committed
before the answer.
"""

from datetime import datetime, timedelta

from django.db import transaction

from campaigns.delivery.gating.send_rules import rules_of
from campaigns.delivery.track import engagement
from campaigns.models import Message, Touchpoint
from profiles.consents import consent_ledger, consent_state
from profiles.models import Consent, Customer
from retention_site.lib.clock import now

SOURCE = "the customer, by link"


@transaction.atomic
def unsubscribe(message: Message, *, network: str) -> None:
    """End what this message belongs to: its topic on its channel. Again changes
    nothing.
    """
    topic = rules_of(message).topic
    moment = state(
        person_of(message),
        message.channel,
        topic,
        Consent.Status.WITHDRAWN,
        network=network,
    )
    if moment is not None:
        engagement.note(
            message, Touchpoint.Kind.UNSUBSCRIBE, moment, {"network": network}
        )


def state(
    person: Customer,
    channel: str,
    topic: str,
    status: str,
    *,
    network: str,
    source: str = SOURCE,
) -> datetime | None:
    """Write a statement that holds from now on; return its time, None when just that
    holds or the person was erased.
    """
    if person.erased_at:
        return None  # nothing is known of them any more, and they are not written to
    about = [
        one
        for one in consent_ledger.said_by([person.pk]).get(person.pk, ())
        if one.channel == channel and one.topic in (Consent.ALL_TOPICS, topic)
    ]
    moment = now()
    # a statement dated ahead must not take this one back once it is due
    latest = max((one.at for one in about), default=moment)
    held = {
        consent_state.state_of(about, channel, topic, at)
        for at in (moment, max(moment, latest))
    }
    if held == {status}:
        return None
    if about and latest >= moment:
        moment = latest + timedelta(microseconds=1)
    Consent.objects.create(
        customer=person,
        channel=channel,
        topic=topic,
        status=status,
        at=moment,
        source=source,
        ip=network,
    )
    return moment


def person_of(message: Message) -> Customer:
    """Return whom a message was for, joined accounts followed."""
    return message.customer.merged_into or message.customer
