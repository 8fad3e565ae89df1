"""Take tracking messages in: who they speak of, what holds of them, what happened. All
of a call, or none of it.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from profiles.consents import consent_ledger
from profiles.consents.consent_ledger import Statement
from profiles.identity import devices, resolution
from profiles.intake import customer_attributes, payloads
from profiles.intake.attribute_names import Reading
from profiles.intake.customer_attributes import Description, News
from profiles.intake.events import EventIn
from profiles.intake.ingest import Ingested, ingest
from profiles.intake.orders import store
from profiles.intake.orders.store import Telling, Told
from profiles.intake.payloads import Agreed, CleanMessage, Clocks
from profiles.intake.quarantine.refused_rows import BadRow, count_duplicates, keep
from profiles.intake.values import Refused, parsed_moment
from retention_site.lib.clock import now, real_now, shop_zone

NOTHING_TOLD = Told([], 0)
Known = tuple[int, int, CleanMessage]  # customer, place in the call, what was said
# the place in the call, what came, why it can't be read
Wrong = tuple[int, Any, Refused]


@dataclass
class People:
    """What messages that tell of no event said of customers."""

    n_new: int = 0
    n_changed: int = 0
    n_known: int = 0

    def note(self, *, is_new: bool, is_change: bool) -> None:
        if is_new:
            self.n_new += 1
        elif is_change:
            self.n_changed += 1
        else:
            self.n_known += 1


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a call's messages."""

    events: Ingested
    failed: tuple[BadRow, ...] = ()
    people: People = field(default_factory=People)
    warnings: tuple[BadRow, ...] = ()  # messages that were taken in without a field


def take(messages: Sequence[Any], *, source: str, sent_at: Any = None) -> Taken:
    """Store what Segment messages say, durably; bad ones are put aside with their place
    in the call and the reason.
    """
    good, wrong = sort_out(messages, sent_at)
    bad = [
        BadRow(
            "messages",
            refused.column,
            refused.reason,
            message,
            line,
            place=_place(message),
        )
        for line, message, refused in wrong
    ]
    return take_said(good, bad, source=source)


def sort_out(
    messages: Sequence[Any], sent_at: Any = None
) -> tuple[list[tuple[int, CleanMessage]], list[Wrong]]:
    """Read messages; return what those say that can be read, and the others, each with
    its place in the call.
    """
    reading = Reading(now(), shop_zone(), settings.SHOP_COUNTRY)
    clocks = _clocks(sent_at, reading)
    good: list[tuple[int, CleanMessage]] = []
    wrong: list[Wrong] = []
    for line, message in enumerate(messages):
        try:
            good.append((line, payloads.read(message, reading, clocks)))
        except Refused as refused:
            wrong.append((line, message, refused))
    return good, wrong


def take_said(
    good: Sequence[tuple[int, CleanMessage]], bad: Sequence[BadRow], *, source: str
) -> Taken:
    """Store what cleaned messages say, with their places in the call."""
    named = [one for one in good if not one[1].ids.is_nobody]
    made = resolution.Made()
    customers = resolution.customers_of(
        [said.ids for _line, said in named], source, made
    )
    known = [
        (customer, line, said)
        for customer, (line, said) in zip(customers, named, strict=True)
        if customer
    ]
    nameless = [
        (None, line, said) for line, said in good if said.order and said.ids.is_nobody
    ]
    tellings = [
        Telling(customer, said.order, line)
        for customer, line, said in (*known, *nameless)
        if said.order
    ]
    has_more = bool(bad or tellings) or any(
        said.attributes or said.push or said.consents or said.lost
        for _customer, _line, said in known
    )
    # events alone are one statement
    with transaction.atomic() if has_more else nullcontext():
        described = [one for one in known if one[2].attributes]
        news = customer_attributes.describe(
            [Description(pk, said.at, said.attributes) for pk, _line, said in described]
        )
        devices.register(
            (customer, said.push.token) for customer, _line, said in known if said.push
        )
        n_consents = consent_ledger.record(
            _statement(customer, one, source)
            for customer, _, said in known
            for one in said.consents
        )
        keep(bad, source)
        lost = [
            (line, said) for _customer, line, said in (*known, *nameless) if said.lost
        ]
        warnings = [_lost(line, said, one) for line, said in lost for one in said.lost]
        keep(warnings, source, is_taken_in=True)
        told = store.tell(tellings, source=source) if tellings else NOTHING_TOLD
        events = ingest(
            [*told.events, *(event for one in known for event in _events(*one))],
            source=source,
        )
        count_duplicates(source, told.n_again)
    news_of = {
        id(said): one for (_pk, _line, said), one in zip(described, news, strict=True)
    }
    people = _people(known, news_of, made, n_consents)
    found = events + Ingested(duplicates=told.n_again)
    return Taken(found, (*bad, *events.refused), people, tuple(warnings))


def _people(
    known: Sequence[Known],
    news_of: Mapping[int, News],
    made: resolution.Made,
    n_consents: int,
) -> People:
    """Count what became of messages without an event, so that who calls learns whether
    anything was new.
    """
    people = People()
    for customer, _line, said in known:
        if said.facts or said.order:
            continue
        news = news_of.get(id(said), News.KNOWN)
        is_new = news is News.FIRST or customer in made.customers
        made.customers.discard(customer)
        people.note(
            is_new=is_new,
            is_change=news is News.CHANGE or bool(made.n_joined or n_consents),
        )
    return people


def _events(customer: int, line: int, said: CleanMessage) -> list[EventIn]:
    return [
        EventIn(customer=customer, at=said.at, event_id=event_id, line=line, **fact)
        for event_id, fact in said.events()
    ]


def _lost(line: int, said: CleanMessage, refused: Refused) -> BadRow:
    return BadRow(
        "messages",
        refused.column,
        refused.reason,
        said.message,
        line,
        place=said.message_id,
    )


def _statement(customer: int, said: Agreed, source: str) -> Statement:
    return Statement(
        customer,
        said.channel,
        said.status,
        said.at,
        said.topic,
        said.source or source,
        said.wording,
        said.ip,
    )


def _clocks(sent_at: Any, reading: Reading) -> Clocks:
    """Compare clocks by the time at which the sender says it sent."""
    if sent_at is None:
        return Clocks()
    try:
        said = parsed_moment(sent_at, "sentAt", reading.zone)
    except Refused:
        return Clocks()
    real = real_now()
    return Clocks(
        sender_behind=real - said, shop_behind=real - reading.now, sent_at=said
    )


def _place(message: Any) -> str:
    found = message.get("messageId") if isinstance(message, dict) else None
    return str(found) if found else ""
