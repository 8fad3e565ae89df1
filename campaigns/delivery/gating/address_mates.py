"""Customers of one address: an opt-out holds for whoever is reached there, and a run
writes there once.

Customers whom nothing joined to one person may still share a mailbox or a phone: more
accounts than chance may join, accounts that a person took apart, a shop that joins
none.
"""

from profiles.consents import consent_state

# Everybody who is reached where ``person`` is, by a channel with lasting addresses;
# ``head`` stands for each. The addresses stand in columns with an index each, so each
# channel asks its own.
AT_ADDRESS = """
    SELECT coalesce(mate.merged_into_id, mate.id) AS head
    FROM profiles_customer me JOIN profiles_customer mate
        ON mate.email <> '' AND lower(mate.email) = lower(me.email) AND mate.erased_at IS NULL
    WHERE {channel} = 'email' AND me.id = {person} AND me.email <> ''
    UNION ALL
    SELECT coalesce(mate.merged_into_id, mate.id)
    FROM profiles_customer me JOIN profiles_customer mate
        ON mate.phone <> '' AND mate.phone = me.phone AND mate.erased_at IS NULL
    WHERE {channel} = 'sms' AND me.id = {person} AND me.phone <> ''
"""
# The newest that the others said after the person's own yes, or at once with it: yes or
# no, for a question that waits for its answer takes no opt-out back. A no wins a tie.
OPTED_OUT = """
    coalesce((
        SELECT said.status = 'withdrawn'
        FROM ({at_address}) AS other
        JOIN profiles_customer member ON member.id = other.head OR member.merged_into_id = other.head
        JOIN profiles_consent said ON said.customer_id = member.id AND said.channel = {channel}
            AND said.topic IN ('', {topic}) AND said.status <> 'pending' AND said.at >= {since}
            AND {counts}
        WHERE other.head <> {person}
        ORDER BY {newest_first} LIMIT 1
    ), false)
"""


def opted_out(person: str, channel: str, topic: str, *, since: str, now: str) -> str:
    """Return the SQL expression for whether another customer of the address opted out
    since a person's own yes.
    """
    at_address = AT_ADDRESS.format(person=person, channel=channel)
    return OPTED_OUT.format(
        at_address=at_address,
        person=person,
        channel=channel,
        topic=topic,
        since=since,
        counts=consent_state.counts("said.status", "said.at", now),
        newest_first=consent_state.newest_first("said.status", "said.at"),
    )
