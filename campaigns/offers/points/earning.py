"""Points that orders, events and birthdays earn, by the rules of the programme.

Every sweep looks at the events since the last one, works out what their orders have
earned by now, and writes the difference to what they were given: a purchase, an edit, a
refund in part and one told late are all the same. One sweep works at a time, and each
batch is one transaction with its place in the events, so nothing is given twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.content.points_terms import EVENT, FIRST_ORDER, SPEND
from campaigns.models import PointsSweep
from campaigns.offers.points import ledger, programme
from campaigns.offers.points.due_points import (
    Due,
    NewEvent,
    due_of_events,
    due_of_orders,
)
from campaigns.offers.points.ledger import Award, Earned
from campaigns.offers.points.orders import lines_alone, orders_of
from campaigns.offers.points.programme import HORIZON, Held
from profiles.models import Customer

ORDERS = ("purchase", "return")
AT_ONCE = 5_000  # events
NEW_EVENTS = """
    SELECT event.transaction, event.id, coalesce(customer.merged_into_id, customer.id),
        event.type, event.happened_at, event.source, event.order_id
    FROM profiles_event event JOIN profiles_customer customer ON customer.id = event.customer_id
    WHERE event.transaction >= %(first)s AND event.transaction < %(end)s
        AND (event.transaction, event.id) > (%(first)s, %(event)s)
        AND event.type = ANY(%(types)s) AND customer.erased_at IS NULL
    ORDER BY event.transaction, event.id LIMIT %(most)s
"""


@dataclass
class Swept:
    """What a sweep did."""

    n_events: int = 0
    n_awarded: int = 0
    n_taken_back: int = 0
    people: set[int] = field(default_factory=set)

    def add(self, other: Swept) -> None:
        self.n_events += other.n_events
        self.n_awarded += other.n_awarded
        self.n_taken_back += other.n_taken_back
        self.people |= other.people


def earn(*, at: datetime) -> Swept:
    """Give what new events earned, and take back what came to nothing; return what was
    done. Nothing is done where there is no programme or another sweep is at work.
    """
    swept = Swept()
    while (batch := _batch(at)) is not None:
        done, is_last = batch
        swept.add(done)
        if is_last:
            break
    return swept


@transaction.atomic
def _batch(at: datetime) -> tuple[Swept, bool] | None:
    """Look at some events; say whether they were the last."""
    versions = programme.history()
    place = PointsSweep.objects.select_for_update(skip_locked=True).first()
    if place is None or not versions:
        return None
    events, end = _new_events(place, versions)
    swept = _settle(_due(events, versions, at), at)
    swept.n_events = len(events)
    is_last = len(events) < AT_ONCE
    if is_last:
        place.transaction, place.event = end, 0
    else:
        place.transaction, place.event = events[-1].transaction, events[-1].pk
    place.at = at
    place.save()
    return swept, is_last


def _new_events(
    place: PointsSweep, versions: Sequence[Held]
) -> tuple[list[NewEvent], int]:
    """Read past no transaction that is still open: what it wrote comes later."""
    named = {rule.event for one in versions for rule in one.terms.rules(EVENT)}
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        (end,) = cursor.fetchone()
        given = {
            "first": place.transaction,
            "event": place.event,
            "end": end,
            "types": [*ORDERS, *sorted(named)],
            "most": AT_ONCE,
        }
        cursor.execute(NEW_EVENTS, given)
        return [NewEvent(*row) for row in cursor], end


def _due(
    events: Sequence[NewEvent], versions: Sequence[Held], at: datetime
) -> list[Due]:
    of_orders = [event for event in events if event.type in ORDERS]
    named = [
        (event.person, event.source, event.order_id)
        for event in of_orders
        if event.order_id
    ]
    orders = orders_of(named)
    orders += lines_alone([event.pk for event in of_orders if not event.order_id])
    others = [event for event in events if event.type not in ORDERS]
    return due_of_orders(orders, versions, at) + due_of_events(others, versions, at)


def _settle(dues: Sequence[Due], at: datetime) -> Swept:
    """Write the differences to what was given so far."""
    dues = [due for due in dues if due.difference]
    people = Customer.objects.in_bulk({due.person for due in dues})
    dues = [due for due in dues if due.person in people]
    awards = [_award(due, people[due.person], at) for due in dues if due.difference > 0]
    ledger.award_all(awards, at=at)
    back = [due for due in dues if due.difference < 0]
    for due in sorted(back, key=lambda due: due.person):  # locks in one order
        ledger.take_back(
            people[due.person],
            -due.difference,
            key=_key(due),
            at=at,
            earned=Earned(due.rule.name, due.subject, due.multiplier),
        )
    return Swept(
        n_awarded=sum(one.points for one in awards),
        n_taken_back=-sum(due.difference for due in back),
        people=set(people),
    )


def _award(due: Due, customer: Customer, at: datetime) -> Award:
    """Points of an order wait until its goods can't come back any more."""
    opens_at = None
    if due.rule.kind in (SPEND, FIRST_ORDER):
        opens_at = due.at + timedelta(days=due.terms.pending_days)
    if opens_at is not None and opens_at <= at:
        opens_at = None
    days = due.terms.expires_days
    return Award(
        customer,
        due.difference,
        _key(due),
        expires_at=(opens_at or at) + timedelta(days=days) if days else None,
        opens_at=opens_at,
        earned_by=Earned(due.rule.name, due.subject, due.multiplier),
    )


def _key(due: Due) -> str:
    return f"earn:{due.rule.name}:{due.person}:{due.subject}:{due.given.n}"
