"""What customers agreed to: statements go into a ledger, the present state follows from
it.

Which of them holds says `consent_state`; what happens to them when customers are joined
stands in `merged_consents`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from profiles.consents import consent_state
from profiles.consents.consent_state import ConsentStatement, Key
from profiles.intake import values
from profiles.models import Consent, Customer
from profiles.signals import consent_pending
from retention_site.lib.clock import now


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a customer (by primary key), as it goes into the ledger."""

    customer: int
    channel: str
    status: str
    at: datetime
    topic: str = Consent.ALL_TOPICS
    source: str = ""
    wording: str = ""
    ip: str = ""


def record(statements: Iterable[Statement]) -> int:
    """Write statements into the ledger; return how many are new. The same statement is
    written once.
    """
    rows = [
        Consent(
            customer_id=one.customer,
            channel=one.channel,
            topic=one.topic,
            status=one.status,
            at=one.at,
            source=one.source,
            wording=one.wording,
            ip=one.ip,
        )
        for one in statements
    ]
    if not rows:
        return 0
    before = _n_like(rows)
    Consent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    n_new = _n_like(rows) - before
    if n_new and any(row.status == Consent.Status.PENDING for row in rows):
        transaction.on_commit(lambda: consent_pending.send_robust(sender=record))
    return n_new


def states(
    customers: Iterable[int], *, at: datetime | None = None
) -> dict[int, dict[Key, str]]:
    """Return what holds by person and (channel, topic) that was spoken of, merges
    followed; topic "" speaks for all topics. As of ``at``, by default now.
    """
    moment = at or now()
    return {
        person: consent_state.states_of(statements, moment)
        for person, statements in said_by(customers).items()
    }


def state_of(person: int, channel: str, topic: str = Consent.ALL_TOPICS) -> str | None:
    """Return what holds now for one person on a topic."""
    said = said_by([person]).get(person, ())
    return consent_state.state_of(said, channel, topic, now())


def said_by(customers: Iterable[int]) -> dict[int, list[ConsentStatement]]:
    """Return every statement by person, of the customers merged into them too. One
    query.
    """
    rows = Consent.objects.filter(
        customer__in=Customer.objects.of_persons(customers)
    ).values_list("customer__merged_into_id", "customer_id", *ConsentStatement._fields)
    found: dict[int, list[ConsentStatement]] = defaultdict(list)
    for into, customer, *statement in rows:
        found[into or customer].append(ConsentStatement(*statement))
    return found


def record_for(
    person: int,
    said: Mapping[Key, str],
    *,
    at: datetime,
    source: str,
    wording: str = "",
    ip: str = "",
) -> int:
    """Write what one person states now about several channels and topics; return how
    many statements are new.
    """
    return record(
        Statement(
            person,
            channel,
            status,
            at,
            topic,
            source=source,
            wording=wording,
            ip=values.network(ip),
        )
        for (channel, topic), status in said.items()
    )


def person_of(customer: Customer) -> int:
    """Return the primary key of who stands for a customer."""
    return customer.merged_into_id or customer.pk


def _n_like(rows: Sequence[Consent]) -> int:
    customers = {row.customer_id for row in rows}
    return Consent.objects.filter(customer__in=customers).count()
