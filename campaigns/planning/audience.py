"""Who is meant: the members of a version's rule as of a time."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.models import Run
from campaigns.planning.content.model import Content
from campaigns.planning.frozen import Audience, freeze
from profiles.models import Customer
from profiles.segments import members

BATCH = 50_000


def choose(content: Content, run: Run) -> Audience:
    """Return the audience that the rule gives with what had happened by `as_of` and was known by `known_at`."""
    if content.segment is None:
        return freeze({})
    found = members(content.segment.rule, run.as_of, run.known_at)
    return freeze(external_ids([int(pk) for pk in found]))


def external_ids(customers: Sequence[int]) -> dict[int, str]:
    """Return the shop's ids by primary key."""
    found: dict[int, str] = {}
    for start in range(0, len(customers), BATCH):
        batch = customers[start : start + BATCH]
        found.update(Customer.objects.filter(pk__in=batch).values_list("pk", "external_id"))
    return found
