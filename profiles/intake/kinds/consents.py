"""Files of consents."""

from typing import ClassVar

from django.db.backends.utils import CursorWrapper

from profiles.intake.cleaners import (
    channel,
    moment,
    network,
    one_of,
    person,
    text,
    word,
)
from profiles.models import Consent

from .base import Column, Foreseen, StagedKind, Stored, make_bare_customers

GRANTED = "granted", "yes", "true", "1", "subscribed", "opted_in", "opt-in"
WITHDRAWN = (
    "withdrawn",
    "no",
    "false",
    "0",
    "unsubscribed",
    "opted_out",
    "opt-out",
    "denied",
    "revoked",
)
SPELLINGS = {
    **dict.fromkeys(GRANTED, Consent.Status.GRANTED),
    **dict.fromkeys(("pending", "unconfirmed"), Consent.Status.PENDING),
    **dict.fromkeys(WITHDRAWN, Consent.Status.WITHDRAWN),
}

WOULD = """
    SELECT count(DISTINCT (told.customer_id, told.channel, told.topic, told.at, told.status)),
        count(DISTINCT told.customer_id) FILTER (WHERE customer.id IS NULL)
    FROM (SELECT customer_id, channel, {topic} AS topic, at, status FROM incoming) told
    LEFT JOIN profiles_customer customer ON customer.external_id = told.customer_id
    WHERE customer.erased_at IS NULL AND NOT EXISTS (
        SELECT FROM profiles_consent known WHERE known.customer_id = customer.id
            AND (known.channel, known.topic, known.at, known.status)
                = (told.channel, told.topic, told.at, told.status))
"""


class Consents(StagedKind):
    tables = ("profiles_consent", "profiles_customer")
    columns: ClassVar = (
        Column("customer_id", person, is_required=True),
        Column("channel", channel, is_required=True),
        Column("status", one_of(SPELLINGS), is_required=True),
        Column("at", moment, is_required=True),
        Column("topic", word),
        Column("source", text),
        Column("ip", network),
        Column("wording", text),
    )

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        make_bare_customers(cursor)
        names = ("topic", "source", "ip", "wording")
        optional = {
            name: f"coalesce({name}, '')" if name in present else "''" for name in names
        }
        optional["source"] = f"coalesce(nullif({optional['source']}, ''), %s)"
        cursor.execute(
            "INSERT INTO profiles_consent (customer_id, channel, status, at, topic,"
            " source, ip, wording) SELECT customer.id, channel, status, at,"
            f" {', '.join(optional.values())} FROM incoming JOIN profiles_customer"
            " customer ON customer.external_id = incoming.customer_id WHERE"
            " customer.erased_at IS NULL ORDER BY line ON CONFLICT DO NOTHING",
            [source],
        )
        return Stored(cursor.rowcount)

    def would_merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Foreseen:
        """Only read: statements that nobody made yet, and customers that nobody knows."""
        topic = "coalesce(topic, '')" if "topic" in present else "''"
        cursor.execute(WOULD.format(topic=topic))
        new, new_customers = cursor.fetchone()
        return Foreseen(new, new_customers=new_customers)
