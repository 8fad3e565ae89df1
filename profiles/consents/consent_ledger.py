"""What customers agreed to: statements go into a ledger, the present state follows from
it.

The newest statement about a channel holds, on a topic or on all of them; a withdrawal
wins a tie. What happens to them when customers are joined stands in `joined_consents`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from profiles.intake import values
from profiles.models import Consent, Customer
from profiles.signals import consent_pending
from retention_site.lib.clock import now

Key = tuple[str, str]  # channel, topic
STRICTNESS = {
    Consent.Status.GRANTED: 0,
    Consent.Status.PENDING: 1,
    Consent.Status.WITHDRAWN: 2,
}


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
    """Return the state by person and (channel, topic), merges followed; topic "" speaks
    for all topics.

    Statements dated after ``at`` (default: now) don't count yet, but for withdrawals,
    which always do.
    """
    moment = at or now()
    counts = Q(at__lte=moment) | Q(status=Consent.Status.WITHDRAWN)
    people = list(customers)
    found = (
        Consent.objects.filter(
            Q(customer__in=people) | Q(customer__merged_into__in=people)
        )
        .filter(counts)
        .values_list(
            "customer_id",
            "customer__merged_into_id",
            "channel",
            "topic",
            "status",
            "at",
        )
    )
    by_person: dict[int, list[tuple[Key, str, datetime]]] = defaultdict(list)
    for customer, into, channel, topic, status, said_at in found:
        by_person[into or customer].append(((channel, topic), status, said_at))
    return {person: newest(said) for person, said in by_person.items()}


def state_of(person: int, channel: str, topic: str = Consent.ALL_TOPICS) -> str | None:
    """Return what holds for one person on a topic: the newest of what was said on it
    and on all topics.
    """
    said = Consent.objects.filter(
        Q(customer=person) | Q(customer__merged_into=person), channel=channel
    )
    counts = Q(at__lte=now()) | Q(status=Consent.Status.WITHDRAWN)
    rows = said.filter(counts, topic__in={Consent.ALL_TOPICS, topic}).values_list(
        "status", "at"
    )
    return newest(((channel, topic), status, at) for status, at in rows).get(
        (channel, topic)
    )


def newest(said: Iterable[tuple[Key, str, datetime]]) -> dict[Key, str]:
    """Return the newest status by channel and topic; of two at one moment the stricter."""
    latest: dict[Key, tuple[datetime, int, str]] = {}
    for key, status, at in said:
        rank = (at, STRICTNESS[Consent.Status(status)], status)
        if key not in latest or rank > latest[key]:
            latest[key] = rank
    return {key: status for key, (_at, _strictness, status) in latest.items()}


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
