"""What customers decide about being written to: a statement in the ledger, committed
before the answer.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from campaigns.delivery.send_rules import rules_of
from campaigns.delivery.track import engagement
from campaigns.models import Message, Touchpoint
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
    known = statements(person).filter(channel=channel, topic__in={"", topic})
    last = known.order_by("-at", "-status").first()
    if last is not None and last.status == status and last.at <= now():
        return None
    latest = known.aggregate(latest=Max("at"))["latest"]
    moment = (
        now()
        if latest is None or latest < now()
        else latest + timedelta(microseconds=1)
    )
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


def statements(person: Customer) -> QuerySet[Consent]:
    """Return everything a person ever said about being written to."""
    return Consent.objects.filter(
        customer__in=Customer.objects.filter(pk=person.pk) | person.merged.all()
    )
