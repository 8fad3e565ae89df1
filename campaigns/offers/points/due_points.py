"""What orders and events have earned by now, beside what they were given so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from campaigns.content.points_terms import (
    EVENT,
    FIRST_ORDER,
    SPEND,
    EarnRule,
    PointsTerms,
)
from campaigns.offers.points import tiers
from campaigns.offers.points.orders import PlacedOrder
from campaigns.offers.points.programme import Held, held_at

# what each order or event was given so far, and how often it was looked at
GIVEN = """
    SELECT coalesce(customer.merged_into_id, customer.id), movement.subject, movement.rule,
        sum(CASE movement.kind WHEN 'award' THEN movement.points
            ELSE -movement.points - movement.missing END)::bigint,
        count(*), (array_agg(movement.multiplier ORDER BY movement.id))[1]
    FROM campaigns_pointsmovement movement
    JOIN profiles_customer customer ON customer.id = movement.customer_id
    WHERE movement.subject = ANY(%(subjects)s) AND movement.subject <> ''
    GROUP BY 1, 2, 3
"""
# all that a rule ever gave people
OF_RULES = """
    SELECT coalesce(customer.merged_into_id, customer.id), movement.rule, movement.subject,
        CASE movement.kind WHEN 'award' THEN movement.points
            ELSE -movement.points - movement.missing END, movement.at
    FROM campaigns_pointsmovement movement
    JOIN profiles_customer customer ON customer.id = movement.customer_id
    WHERE movement.rule = ANY(%(rules)s) AND movement.rule <> '' AND customer.id IN (
        SELECT id FROM profiles_customer WHERE id = ANY(%(people)s) OR merged_into_id = ANY(%(people)s))
"""
FIRST_BOUGHT = """
    SELECT coalesce(customer.merged_into_id, customer.id), min(event.happened_at)
    FROM profiles_customer customer JOIN profiles_event event ON event.customer_id = customer.id
    WHERE (customer.id = ANY(%(people)s) OR customer.merged_into_id = ANY(%(people)s))
        AND event.type = 'purchase' AND event.quantity > 0
    GROUP BY 1
"""


@dataclass(frozen=True)
class NewEvent:
    """An event that may earn something."""

    transaction: int
    pk: int
    person: int
    type: str
    at: datetime
    source: str
    order_id: str | None


@dataclass
class Given:
    """What something was given by one rule so far."""

    points: int = 0
    n: int = 0
    multiplier: Decimal | None = None


@dataclass(frozen=True)
class Due:
    """What one order or event has earned by one rule by now, and what it was given."""

    person: int
    subject: str
    rule: EarnRule
    points: int
    at: datetime
    terms: PointsTerms
    given: Given
    multiplier: Decimal = Decimal(1)

    @property
    def difference(self) -> int:
        return self.points - self.given.points


@dataclass
class Record:
    """What people and their orders were given so far: read once for a batch."""

    given: dict[tuple[int, str, str], Given]
    of_rule: dict[tuple[int, str], list[tuple[str, int, datetime]]]
    first_bought: dict[int, datetime]

    def of(self, person: int, subject: str, rule: str) -> Given:
        return self.given.get((person, subject, rule), Given())

    def sum_of(self, person: int, rule: str) -> int:
        return sum(n for _subject, n, _at in self.of_rule.get((person, rule), ()))

    def n_since(self, person: int, rule: str, since: datetime | None) -> int:
        rows = self.of_rule.get((person, rule), ())
        return sum(n > 0 and (since is None or at > since) for _s, n, at in rows)


def due_of_orders(
    orders: Sequence[PlacedOrder], versions: Sequence[Held], now: datetime
) -> list[Due]:
    """Return what orders have earned by the rules that held when they were placed."""
    # a return whose purchase nobody told of earns nothing and takes nothing back
    held = [
        (order, held_at(versions, order.since)) for order in orders if order.placed_at
    ]
    rules = {
        rule.name
        for _order, terms in held
        if terms
        for rule in terms.rules(SPEND, FIRST_ORDER)
    }
    if not rules:
        return []
    record = _record([order for order, _terms in held], rules)
    reached = _reached(versions, {order.person for order in orders}, now)
    return [
        _due(order, rule, terms, record, reached)
        for order, terms in held
        if terms
        for rule in terms.rules(SPEND, FIRST_ORDER)
    ]


def due_of_events(
    events: Sequence[NewEvent], versions: Sequence[Held], now: datetime
) -> list[Due]:
    """Return what events earn that are no purchase, as often as their rules allow."""
    held = [(event, held_at(versions, event.at)) for event in events]
    rules = {rule.name for _e, terms in held if terms for rule in terms.rules(EVENT)}
    if not rules:
        return []
    people = {event.person for event, _terms in held}
    record = Record({}, _of_rules(people, rules), {})
    found: list[Due] = []
    for event, terms in held:
        if terms is None:
            continue
        for rule in terms.rules(EVENT):
            subject = f"event:{event.pk}"
            if rule.event == event.type and _may(event, rule, record, now):
                rows = record.of_rule.setdefault((event.person, rule.name), [])
                rows.append((subject, rule.points, now))
                found.append(
                    Due(
                        event.person,
                        subject,
                        rule,
                        rule.points,
                        event.at,
                        terms,
                        Given(),
                    )
                )
    return found


def _may(event: NewEvent, rule: EarnRule, record: Record, now: datetime) -> bool:
    rows = record.of_rule.get((event.person, rule.name), ())
    if any(subject == f"event:{event.pk}" for subject, _n, _at in rows):
        return False
    since = now - timedelta(days=rule.within_days) if rule.within_days else None
    n = record.n_since(event.person, rule.name, since)
    return rule.times is None or n < rule.times


def _due(
    order: PlacedOrder,
    rule: EarnRule,
    terms: PointsTerms,
    record: Record,
    reached: dict[int, Decimal],
) -> Due:
    given = record.of(order.person, order.subject, rule.name)
    times = given.multiplier or reached.get(order.person, Decimal(1))
    if rule.kind == FIRST_ORDER:
        times, points = Decimal(1), _of_first_order(order, rule, record, given)
    else:
        points = rule.earned(order.spent_on(rule), times)
    if order.is_alone and points < 0:  # at most what its rule gave otherwise
        others = record.sum_of(order.person, rule.name) - given.points
        points = -min(-points, max(0, others))
    elif not order.is_alone:
        points = max(0, points)
    return Due(
        order.person,
        order.subject,
        rule,
        points,
        order.since,
        terms,
        given,
        times,
    )


def _of_first_order(
    order: PlacedOrder, rule: EarnRule, record: Record, given: Given
) -> int:
    spent = order.spent_on(rule)
    if spent <= 0 or spent < rule.minimum:
        return 0
    if given.n:
        return rule.points
    is_first = record.first_bought.get(order.person) == order.since
    return (
        rule.points
        if is_first and not record.of_rule.get((order.person, rule.name))
        else 0
    )


def _reached(
    versions: Sequence[Held], people: Iterable[int], now: datetime
) -> dict[int, Decimal]:
    terms = held_at(versions, now)
    steps = tiers.steps_of(terms, now, list(people)) if terms else {}
    return {who: step.multiplier for who, step in steps.items()}


def _record(orders: Sequence[PlacedOrder], rules: Iterable[str]) -> Record:
    people = {order.person for order in orders}
    given: dict[tuple[int, str, str], Given] = {}
    with connection.cursor() as cursor:
        cursor.execute(GIVEN, {"subjects": [order.subject for order in orders]})
        for person, subject, rule, points, n, multiplier in cursor:
            given[person, subject, rule] = Given(points, n, multiplier)
        cursor.execute(FIRST_BOUGHT, {"people": list(people)})
        first = dict(cursor.fetchall())
    return Record(given, _of_rules(people, rules), first)


def _of_rules(
    people: Iterable[int], rules: Iterable[str]
) -> dict[tuple[int, str], list[tuple[str, int, datetime]]]:
    found: dict[tuple[int, str], list[tuple[str, int, datetime]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(OF_RULES, {"people": list(people), "rules": list(rules)})
        for person, rule, subject, points, at in cursor:
            found[person, rule].append((subject, points, at))
    return found
