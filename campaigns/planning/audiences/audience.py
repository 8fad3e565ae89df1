"""Who is meant: the members of a version's rule as of a time."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from campaigns.content.model import Content
from campaigns.models import Run
from campaigns.planning.audiences.frozen_audience import Audience, freeze
from profiles.segments import members

IDS = "SELECT id, external_id FROM profiles_customer WHERE id = ANY(%s)"


def choose(content: Content, run: Run) -> Audience:
    """Return the audience that the rule gives with what had happened by `as_of` and was
    known by `known_at`.
    """
    if content.segment is None:
        return freeze({})
    found = members(content.segment.rule, run.as_of, run.known_at)
    return freeze(external_ids(found.tolist()))


def external_ids(customers: Sequence[int]) -> dict[int, str]:
    """Return the shop's ids by primary key. One query, however many."""
    with connection.cursor() as cursor:
        cursor.execute(IDS, [list(customers)])
        return dict(cursor.fetchall())
