"""The programme of points as it holds now and held before: rows that are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.content.points_terms import PointsTerms, document, read_terms
from campaigns.models import PointsProgramme, PointsSweep

HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('points programme', 0))"


@dataclass(frozen=True)
class Held:
    """Terms, and from when on they held."""

    terms: PointsTerms
    holds_from: datetime


def newest() -> PointsProgramme | None:
    """Return the row that holds now; None where the shop has no programme."""
    rows = PointsProgramme.objects.select_related("changed_by")
    return rows.order_by("-holds_from", "-pk").first()


def current() -> PointsTerms | None:
    """Return the terms that hold now, None where there are none."""
    row = newest()
    return read_terms(row.terms) if row else None


def history() -> list[Held]:
    """Return all terms that ever held, the oldest first."""
    rows = PointsProgramme.objects.order_by("holds_from", "pk")
    return [Held(read_terms(row.terms), row.holds_from) for row in rows]


def held_at(versions: Sequence[Held], at: datetime) -> PointsTerms | None:
    """Return what held at a moment: None before the first, and while it was off."""
    found = [one.terms for one in versions if one.holds_from <= at]
    return found[-1] if found and found[-1].is_active else None


@transaction.atomic
def save(terms: PointsTerms, *, at: datetime, by: Any = None) -> bool:
    """Let terms hold from now on; return whether they are others than before."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    known = newest()
    said = document(terms)
    if known is not None and known.terms == said:
        return False
    PointsProgramme.objects.create(terms=said, holds_from=at, changed_by=by)
    if known is None:
        _begin()
    return True


def _begin() -> None:
    """What came before the first programme earns nothing: don't look at it."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        (first,) = cursor.fetchone()
    PointsSweep.objects.get_or_create(pk=1, defaults={"transaction": first})
