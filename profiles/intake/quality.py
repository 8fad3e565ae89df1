"""How good the facts are that each source brings: what came, what of it was new, bad or missing."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Count, Max, Sum

from profiles.models import DuplicateCount, QuarantinedRow

# Where a field says nothing about an event it can't be missing.
EXPECTED = {
    "item_id": ("view", "cart", "purchase", "return", "review"),
    "order_id": ("purchase", "return"),
    "price": ("purchase", "return"),
    "quantity": ("purchase", "return", "cart"),
    "currency": ("purchase", "return"),
    "text": ("search", "review"),
    "session_id": ("view", "search", "cart"),
}
STORED = f"""
    SELECT source, count(*), max(happened_at), max(received_at), {
    ", ".join(
        f"count(*) FILTER (WHERE type = ANY(%s)), count(*) FILTER (WHERE type = ANY(%s) AND {name} IS NULL)"
        for name in EXPECTED
    )
}
    FROM profiles_event WHERE received_at >= %s GROUP BY source
"""  # noqa: S608  column names of our own


@dataclass
class Quality:
    """One source since some moment; received = stored + duplicates + quarantined."""

    source: str
    stored: int = 0
    duplicates: int = 0
    reasons: dict[str, int] = field(default_factory=dict)  # why rows were put aside → how many
    missing: dict[str, float] = field(default_factory=dict)  # field → share of the events that should have it
    last_happened_at: datetime | None = None
    last_received_at: datetime | None = None

    @property
    def quarantined(self) -> int:
        return sum(self.reasons.values())

    @property
    def received(self) -> int:
        return self.stored + self.duplicates + self.quarantined


def quality(since: datetime) -> list[Quality]:
    """Return every source that was heard of since a moment (real time), the busiest first."""
    found: Mapping[str, Quality] = _Sources()
    for source, *row in _stored(since):
        _fill(found[source], row)
    for source, n in DuplicateCount.objects.filter(at__gte=since).values_list("source").annotate(Sum("n")):
        found[source].duplicates = n
    aside = QuarantinedRow.objects.filter(created_at__gte=since).values_list("source", "reason")
    for source, reason, n, last in aside.annotate(Count("pk"), Max("created_at")):
        found[source].reasons[reason] = n
        found[source].last_received_at = max(filter(None, (found[source].last_received_at, last)))
    return sorted(found.values(), key=lambda one: -one.received)


class _Sources(defaultdict[str, Quality]):
    def __missing__(self, source: str) -> Quality:
        self[source] = Quality(source)
        return self[source]


def _stored(since: datetime) -> list[tuple]:
    kinds = [list(kinds) for kinds in EXPECTED.values() for _ in range(2)]
    with connection.cursor() as cursor:
        cursor.execute(STORED, [*kinds, since])
        return cursor.fetchall()


def _fill(one: Quality, row: list) -> None:
    one.stored, one.last_happened_at, one.last_received_at, *counts = row
    for name, n, n_missing in zip(EXPECTED, counts[::2], counts[1::2], strict=True):
        if n:
            one.missing[name] = n_missing / n
