"""An address that turns mail away day after day, never for good: given up after a
while, and opened again by a person.

Everything that decides stands here. A bounce counts once a day: one bad evening of a
mail server gives nobody up. Any sign of life (something delivered, an open or click by
a human) starts the count anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from campaigns.delivery import sql
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.models import Suppression
from profiles.models import Customer
from retention_site.lib import registry
from retention_site.lib.clock import now

MOST_DAYS = 3  # on so many different days, in UTC
WINDOW = timedelta(days=30)  # within so long a time
REASON = f"turned mail away on {MOST_DAYS} days within {WINDOW.days} days"

DAYS = """
    WITH touched AS (
        SELECT touch.kind, touch.at, touch.evidence, touch.is_machine FROM campaigns_touchpoint touch
        JOIN campaigns_message message ON message.id = touch.message_id
        WHERE message.customer_id = ANY(%(people)s) AND message.channel = %(channel)s AND touch.at > %(since)s
    ), alive AS (
        SELECT greatest(
            (SELECT max(at) FROM touched WHERE kind IN ('open', 'click') AND NOT is_machine),
            (SELECT max(sent_at) FROM campaigns_message
             WHERE customer_id = ANY(%(people)s) AND channel = %(channel)s AND state = 'delivered')
        ) AS at
    )
    SELECT count(DISTINCT (touched.at AT TIME ZONE 'UTC')::date) FROM touched, alive
    WHERE kind = 'bounce' AND evidence ->> 'address' = %(address)s AND (evidence ->> 'lasting') = 'false'
        AND NOT evidence ? 'forgiven' AND touched.at > coalesce(alive.at, '-infinity')
"""
FORGIVE = """
    UPDATE campaigns_touchpoint touch SET evidence = evidence || '{"forgiven": true}'
    FROM campaigns_message message
    WHERE message.id = touch.message_id AND message.customer_id = ANY(%(people)s) AND message.channel = %(channel)s
        AND touch.kind = 'bounce'
"""


def give_up(channel: Channel, person: Customer, address: str) -> bool:
    """Suppress an address once it has turned mail away on too many days; say whether it
    did.
    """
    if n_days(channel, person, address, now()) < MOST_DAYS:
        return False
    suppression.suppress(channel, address, REASON)
    return True


def n_days(channel: Channel, person: Customer, address: str, moment: datetime) -> int:
    """Return on how many days an address turned mail away since its last sign of life."""
    values = {
        "people": _people(person),
        "channel": channel.key,
        "address": suppression.address_hash(channel, address),
        "since": moment - WINDOW,
    }
    return int(sql.rows(DAYS, values)[0][0])


def given_up(person: Customer) -> list[tuple[Channel, Suppression]]:
    """Return the channels on which a customer's address was given up so."""
    channels = {
        suppression.address_hash(channel, address): channel
        for channel, address in _addresses(person)
    }
    found = Suppression.objects.filter(
        address_hash__in=channels, reason=REASON
    ).order_by("channel")
    return [
        (channels[row.address_hash], row)
        for row in found
        if row.channel == channels[row.address_hash].key
    ]


def open_again(person: Customer, channel: str) -> bool:
    """Write to a customer's address again, what was counted forgiven; say whether
    anything stood against it.
    """
    for given_up_on, row in given_up(person):
        if given_up_on.key == channel:
            with connection.cursor() as cursor:
                cursor.execute(FORGIVE, {"people": _people(person), "channel": channel})
            return bool(
                Suppression.objects.filter(pk=row.pk, reason=REASON).delete()[0]
            )
    return False


def _people(person: Customer) -> list[int]:
    return [
        person.pk,
        *Customer.objects.filter(merged_into=person).values_list("pk", flat=True),
    ]


def _addresses(person: Customer) -> list[tuple[Channel, str]]:
    found = []
    for key in registry.keys("channels"):
        channel = channel_named(key)()
        try:
            found.append((channel, channel.address(person, {})))
        except NoAddress:
            continue
    return found
