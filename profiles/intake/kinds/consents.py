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

from .base import Column, StagedKind, Stored, make_bare_customers

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


class Consents(StagedKind):
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
