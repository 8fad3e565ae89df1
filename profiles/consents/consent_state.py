"""Which consent holds: one rule for every reader, in Python and in SQL.

A statement counts from its own time on; a withdrawal counts as soon as it is known, even
one dated ahead. On a topic speaks what was said about it and what was said about all
topics. Of what counts, the newest holds; of several at one instant the strictest:
withdrawn, then pending, then granted.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from profiles.models import Consent

Key = tuple[str, str]  # channel, topic

STRICTNESS = {
    Consent.Status.GRANTED: 0,
    Consent.Status.PENDING: 1,
    Consent.Status.WITHDRAWN: 2,
}


class ConsentStatement(NamedTuple):
    """One statement, as far as the rule looks at it."""

    channel: str
    topic: str
    status: str
    at: datetime


def state_of(
    said: Iterable[ConsentStatement], channel: str, topic: str, moment: datetime
) -> str | None:
    """Return what holds on a channel and topic; None where nothing that counts was
    said.
    """
    about = [
        one
        for one in said
        if one.channel == channel
        and one.topic in (Consent.ALL_TOPICS, topic)
        and (one.at <= moment or one.status == Consent.Status.WITHDRAWN)
    ]
    newest = max(about, key=_rank, default=None)
    return newest.status if newest else None


def states_of(said: Iterable[ConsentStatement], moment: datetime) -> dict[Key, str]:
    """Return what holds on each channel and topic that was spoken of."""
    said = list(said)
    found = {
        key: state_of(said, *key, moment)
        for key in sorted({(one.channel, one.topic) for one in said})
    }
    return {key: status for key, status in found.items() if status is not None}


def strictest(statuses: Iterable[str]) -> str:
    """Return the one that allows least."""
    return max(statuses, key=lambda status: STRICTNESS[Consent.Status(status)])


def is_laxer(state: str | None, than: str) -> bool:
    """Whether a state allows more than another, or says nothing."""
    return state is None or strictest([state, than]) != state


def _rank(one: ConsentStatement) -> tuple[datetime, int]:
    # Two statements of one instant have no order in time. The strictest wins, whoever
    # reads and in whatever order rows come: an unconfirmed sign-up is never taken for a
    # yes.
    return one.at, STRICTNESS[Consent.Status(one.status)]


# The same rule in SQL. The two fragments are plain enough for the history's DuckDB, too.

# made of the same table as the Python rule: a status has one rank, not two
WHENS = " ".join(f"WHEN '{status}' THEN {rank}" for status, rank in STRICTNESS.items())
NEWEST_FIRST = f"{{at}} DESC, CASE {{status}} {WHENS} END DESC"
COUNTS = "({at} <= {now} OR ({status} = 'withdrawn' AND {known}))"

# All rows of one person: the surviving customer and those merged into it.
# A yes or no given under an id that was merged away still speaks for the person.
PERSON = (
    "(SELECT p.id FROM profiles_customer p WHERE p.id = {person} OR p.merged_into_id ="
    " {person})"
)
# For one person at a time: status and time of what holds, one row or none
HOLDS = """
        SELECT consent.status, consent.at FROM profiles_consent consent
        WHERE consent.customer_id IN {members} AND consent.channel = {channel}
            AND consent.topic IN ('', {topic}) AND {counts}
        ORDER BY {newest_first} LIMIT 1
"""
# For many persons at once: owner, channel, status and time of what holds
HOLD_FOR_MANY = """
        SELECT DISTINCT ON (person.owner, consent.channel)
            person.owner, consent.channel, consent.status, consent.at
        FROM (
            SELECT id, id AS owner FROM unnest({persons}::bigint[]) AS asked (id)
            UNION ALL
            SELECT id, merged_into_id FROM profiles_customer WHERE merged_into_id = ANY({persons})
        ) AS person JOIN profiles_consent consent ON consent.customer_id = person.id
        WHERE consent.topic IN ('', {topic}) AND {counts}
        ORDER BY person.owner, consent.channel, {newest_first}
"""


def newest_first(status: str, at: str) -> str:
    """Return the SQL of the order in which the first statement is the one that holds."""
    return NEWEST_FIRST.format(status=status, at=at)


def counts(status: str, at: str, now: str, *, known: str = "true") -> str:
    """Return the SQL condition for whether a statement counts; ``known`` says whether it
    had come in by then.
    """
    return COUNTS.format(status=status, at=at, now=now, known=known)


def holds(person: str, channel: str, topic: str, now: str) -> str:
    """Return the SQL query of what holds for one person; the arguments are SQL."""
    return HOLDS.format(
        members=PERSON.format(person=person),
        channel=channel,
        topic=topic,
        counts=counts("consent.status", "consent.at", now),
        newest_first=newest_first("consent.status", "consent.at"),
    )


def hold_for_many(persons: str, topic: str, now: str) -> str:
    """Return the SQL query of what holds by person and channel; the arguments are SQL."""
    return HOLD_FOR_MANY.format(
        persons=persons,
        topic=topic,
        counts=counts("consent.status", "consent.at", now),
        newest_first=newest_first("consent.status", "consent.at"),
    )
