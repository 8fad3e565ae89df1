"""Consents that wait to be confirmed (double opt-in): who agreed is sent the link, read
from the ledger itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.content.triggers import PENDING_CONSENT
from campaigns.delivery.sql import consent_of
from campaigns.triggers import armed_triggers
from campaigns.triggers.armed_triggers import Watched
from campaigns.triggers.occasion_rows import Noticed, Sighting, notice
from profiles.consents import opt_in
from retention_site.lib.clock import now

# who signs up twice within it has the link already: nobody's mailbox is filled
AGAIN = timedelta(minutes=10)
WAITING = f"""
    SELECT DISTINCT ON (person.id, consent.topic) consent.id, person.id, consent.topic, consent.wording, consent.at
    FROM profiles_consent consent JOIN profiles_customer stated ON stated.id = consent.customer_id
    JOIN profiles_customer person ON person.id = coalesce(stated.merged_into_id, stated.id) AND person.erased_at IS NULL
    JOIN campaigns_trigger trigger ON trigger.id = %(trigger)s
    WHERE consent.status = 'pending' AND consent.channel = %(channel)s AND consent.at <= %(now)s
        AND consent.at >= greatest(trigger.since, %(earliest)s)
        AND {consent_of("person.id", "consent.channel", "consent.topic")} = 'pending'
        AND NOT EXISTS (
            SELECT FROM campaigns_occasion told WHERE told.campaign_id = trigger.campaign_id
                AND told.customer_id = person.id AND told.data ->> 'topic' = consent.topic
                AND told.happened_at > consent.at - %(again)s
        )
    ORDER BY person.id, consent.topic, consent.at
"""  # noqa: S608  the parts are constants


def look() -> Noticed:
    """Notice who has yet to confirm; the same statement is noticed once, however often
    it is looked for.
    """
    n, n_due, moment = 0, 0, now()
    for one in armed_triggers.active(PENDING_CONSENT):
        with connection.cursor() as cursor:
            cursor.execute(WAITING, _asked(one, moment))
            waiting = cursor.fetchall()
        found = notice((_sighting(one, *each) for each in waiting), moment)
        n, n_due = n + found.n, n_due + found.n_due
    return Noticed(n, n_due)


def _asked(watched: Watched, moment: datetime) -> dict[str, Any]:
    return {
        "trigger": watched.id,
        "channel": watched.plan.channel,
        "now": moment,
        "earliest": max(watched.earliest(moment), moment - opt_in.OPEN_FOR),
        "again": AGAIN,
    }


def _sighting(
    watched: Watched, consent: int, person: int, topic: str, wording: str, at: datetime
) -> Sighting:
    told = {
        "topic": topic,
        "wording": wording,
        "confirm_url": opt_in.link_to(consent),
        "at": at.isoformat(),
    }
    return Sighting(
        watched.id, person, f"consent:{consent}", at, at + watched.delay, told
    )
