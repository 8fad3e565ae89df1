"""Less often: what a customer asked for in the preference centre halves every limit of
marketing, and where nothing limits a week, one message a week is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from campaigns.delivery import sql
from campaigns.models import ContactPace
from profiles.models import Customer
from retention_site.lib.clock import now

RULE = "less often"
REACHED = "the customer asked to hear less often"
WEEK = "week"
# the newest word of a person, joined ones included
SLOWER = """
    SELECT person FROM (
        SELECT DISTINCT ON (person) coalesce(customer.merged_into_id, customer.id) AS person, said.pace
        FROM campaigns_contactpace said JOIN profiles_customer customer ON customer.id = said.customer_id
        WHERE customer.id = ANY(%(persons)s) OR customer.merged_into_id = ANY(%(persons)s)
        ORDER BY person, said.at DESC, said.id DESC
    ) AS newest WHERE pace = 'less'
"""


def slower(persons: Iterable[int]) -> frozenset[int]:
    """Return those of some customers who asked to hear less often: one query."""
    asked = sorted(set(persons))
    rows = sql.rows(SLOWER, {"persons": asked}) if asked else []
    return frozenset(person for (person,) in rows)


def slowed(limits: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Return limits (rule, window, at most) halved, none below one; and one a week where
    none counts weeks.
    """
    halved = [(rule, kind, max((most + 1) // 2, 1)) for rule, kind, most in limits]
    if any(kind == WEEK for _rule, kind, _most in halved):
        return halved
    return [*halved, (RULE, WEEK, 1)]


def is_slower(person: Customer) -> bool:
    """Say whether a customer asked to hear less often."""
    return person.pk in slower([person.pk])


def state(person: Customer, *, wants_less: bool, source: str) -> None:
    """Write down what a customer said, where it is news."""
    if is_slower(person) != wants_less:
        pace = ContactPace.Pace.LESS if wants_less else ContactPace.Pace.USUAL
        ContactPace.objects.create(customer=person, pace=pace, at=now(), source=source)
