"""Nothing leaves any more for a person who is being erased: waiting messages end,
addresses are suppressed.
"""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Q

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.models import Suppression
from profiles.models import Customer
from profiles.privacy.person import EMAIL, PHONE, Person
from retention_site.lib import registry
from retention_site.lib.clock import now

REASON = "erased"
CANCEL = """
    WITH ended AS (
        UPDATE campaigns_message SET state = 'erased', reason = 'the customer was erased', lease_token = NULL,
            lease_until = NULL, finished_at = %(now)s
        WHERE customer_id = ANY(%(customers)s) AND state IN ('planned', 'queued', 'leased') RETURNING id
    )
    DELETE FROM campaigns_capslot WHERE message_id IN (SELECT id FROM ended)
"""


def cancel(person: Person) -> None:
    """End what waits; what is on its way can't be called back, and is emptied when it
    has arrived.
    """
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, {"customers": list(person.customers), "now": now()})


def suppress(person: Person) -> None:
    """Keep every address from being written to, unless somebody else shares it."""
    shared = _shared(person)
    pairs = {
        (channel.key, suppression.address_hash(channel, one))
        for channel, one in _addresses(person, shared)
    }
    Suppression.objects.bulk_create(
        [
            Suppression(channel=key, address_hash=hashed, reason=REASON)
            for key, hashed in sorted(pairs)
        ],
        ignore_conflicts=True,
    )


def _addresses(person: Person, shared: set[str]) -> Iterator[tuple[Channel, str]]:
    """Yield where the person is or was reached, by every channel that reaches people."""
    customers = list(
        Customer.objects.filter(pk__in=person.customers).prefetch_related("devices")
    )
    for key in registry.keys("channels"):
        channel = channel_named(key)()
        if not channel.asks_consent:
            continue
        for address in {*_now(channel, customers), *_ever(channel, person)}:
            if address.casefold() not in shared:
                yield channel, address


def _now(channel: Channel, customers: Iterable[Customer]) -> Iterator[str]:
    for customer in customers:
        try:
            yield channel.address(customer, {})
        except NoAddress:
            continue


def _ever(channel: Channel, person: Person) -> Iterator[str]:
    for said in person.of_kind(channel.identity):
        try:
            yield channel.typed(said)
        except NoAddress:
            continue


def _shared(person: Person) -> set[str]:
    """Return the addresses that living customers who are somebody else have too."""
    emails, phones = person.of_kind(EMAIL), person.of_kind(PHONE)
    others = Customer.objects.filter(
        Q(email__in=emails) | Q(phone__in=phones), erased_at=None
    )
    found = others.exclude(pk__in=person.customers).values_list("email", "phone")
    return {address.casefold() for pair in found for address in pair if address}
