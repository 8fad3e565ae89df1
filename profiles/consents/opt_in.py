"""Double opt-in: a pending consent becomes granted when the customer opens its link and
presses the button.
"""

from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction

from profiles.consents import consent_ledger
from profiles.consents.consent_ledger import Statement
from profiles.identity import merge_customers
from profiles.intake import values
from profiles.models import Consent
from retention_site.lib.clock import now
from retention_site.lib.security import signing

PURPOSE = "confirm consent"
OPEN_FOR = timedelta(days=30)
SOURCE = "the customer, by confirmation link"


class Answer(Enum):
    """What a confirmation link leads to."""

    OPEN = "the button waits"
    CONFIRMED = "confirmed, now or before"
    WITHDRAWN = "the customer said no since"
    TOO_LATE = "the link is too old"


def link(consent: Consent) -> str:
    """Return the address at which a pending consent is confirmed; it goes to the
    customer and nobody else.
    """
    return link_to(consent.pk)


def link_to(consent: int) -> str:
    """The same for a consent by primary key."""
    return f"{settings.BASE_URL}/confirm/{signing.token(PURPOSE, consent)}"


def asked(token: str) -> Consent:
    """Return the consent that a link asks to confirm; raise `signing.BadToken` when it
    was not made here.
    """
    (pk,) = signing.read_token(PURPOSE, token)
    consent = Consent.objects.select_related("customer").filter(pk=pk).first()
    if consent is None or consent.customer.erased_at:
        raise signing.BadToken("What this link belonged to is gone.")
    return consent


def answer_to(consent: Consent) -> Answer:
    """Say what a confirmation would come to now."""
    person = consent_ledger.person_of(consent.customer)
    state = consent_ledger.state_of(person, consent.channel, consent.topic)
    if state == Consent.Status.GRANTED:
        return Answer.CONFIRMED
    if state == Consent.Status.WITHDRAWN:
        return Answer.WITHDRAWN
    return Answer.TOO_LATE if now() - consent.at > OPEN_FOR else Answer.OPEN


@transaction.atomic
def confirm(consent: Consent, *, ip: str = "") -> Answer:
    """Grant what is pending; again changes nothing, and what was withdrawn since stays
    withdrawn.
    """
    merge_customers.share()
    consent = (
        Consent.objects.select_related("customer")
        .select_for_update(of=("self",))
        .get(pk=consent.pk)
    )
    answer = answer_to(consent)
    if answer is not Answer.OPEN:
        return answer
    person = consent_ledger.person_of(consent.customer)
    granted = Statement(
        customer=person,
        channel=consent.channel,
        topic=consent.topic,
        status=Consent.Status.GRANTED,
        at=max(now(), consent.at + timedelta(microseconds=1)),
        source=SOURCE,
        wording=consent.wording,
        ip=values.network(ip),
    )
    consent_ledger.record([granted])
    return Answer.CONFIRMED
