"""How good the facts are that each source brings: what came, what of it was new, bad or
missing, day by day.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Max,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import TruncDate

from profiles.intake.sources.source_stats import EXPECTED, Day, days, newer
from profiles.models import DuplicateCount, QuarantinedRow
from retention_site.lib.clock import now, real_now, shop_zone

Reason = tuple[str, str, str]  # kind, column, reason


@dataclass
class OneDay:
    """What came on one day of the shop."""

    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0

    @property
    def received(self) -> int:
        return self.stored + self.duplicates + self.quarantined


@dataclass
class Quality:
    """One source since some day; received = stored + duplicates + quarantined."""

    source: str
    by_day: dict[date, OneDay] = field(default_factory=lambda: defaultdict(OneDay))
    # what was stored: types of events, customers, items
    kinds: Counter[str] = field(default_factory=Counter)
    # why rows were put aside → how many
    reasons: Counter[Reason] = field(default_factory=Counter)
    # fields left out of what was taken in → how many
    warnings: Counter[Reason] = field(default_factory=Counter)
    n_waiting: int = 0  # of those, nobody has put right yet
    # field → share of the events that should have it
    missing: dict[str, float] = field(default_factory=dict)
    last_happened_at: datetime | None = None
    last_received_at: datetime | None = None

    @property
    def stored(self) -> int:
        return sum(day.stored for day in self.by_day.values())

    @property
    def duplicates(self) -> int:
        return sum(day.duplicates for day in self.by_day.values())

    @property
    def quarantined(self) -> int:
        return sum(day.quarantined for day in self.by_day.values())

    @property
    def received(self) -> int:
        return self.stored + self.duplicates + self.quarantined


def quality(since: date) -> list[Quality]:
    """Return every source that was heard of since a day of the shop, the busiest first.

    A row that was put right and taken in counts where it stands now: among the stored.
    """
    found: Mapping[str, Quality] = _Sources()
    _add_stored(found, days(since))
    for source, on, n in _again(since):
        found[source].by_day[on].duplicates += n
    _add_put_aside(found, since)
    return sorted(found.values(), key=lambda one: (-one.received, one.source))


class _Sources(defaultdict[str, Quality]):
    def __missing__(self, source: str) -> Quality:
        self[source] = Quality(source)
        return self[source]


def _add_stored(found: Mapping[str, Quality], counted: list[Day]) -> None:
    n_expected: dict[str, Counter[str]] = defaultdict(Counter)
    n_missing: dict[str, Counter[str]] = defaultdict(Counter)
    for day in counted:
        one = found[day.source]
        one.by_day[day.on].stored += day.n
        one.kinds[day.what] += day.n
        one.last_happened_at = newer(one.last_happened_at, day.last_happened_at)
        one.last_received_at = newer(one.last_received_at, day.last_received_at)
        if day.is_event:
            n_expected[day.source].update(
                {name: day.n for name, kinds in EXPECTED.items() if day.what in kinds}
            )
            n_missing[day.source].update(day.n_missing)
    for source, expected in n_expected.items():
        found[source].missing = {
            name: n_missing[source][name] / n for name, n in expected.items() if n
        }


def _again(since: date) -> list[tuple[str, date, int]]:
    rows = DuplicateCount.objects.annotate(on=_shop_day("at")).filter(on__gte=since)
    return list(rows.values_list("source", "on").annotate(Sum("n")))


def _add_put_aside(found: Mapping[str, Quality], since: date) -> None:
    every = QuarantinedRow.objects.annotate(on=_shop_day("created_at")).filter(
        on__gte=since
    )
    _add_warnings(found, every.filter(outcome=QuarantinedRow.Outcome.WITHOUT_FIELD))
    rows = every.exclude(
        outcome__in=[
            QuarantinedRow.Outcome.TAKEN_IN,
            QuarantinedRow.Outcome.WITHOUT_FIELD,
        ]
    )
    shift = now() - real_now()
    counted = rows.values_list("source", "on", "kind", "column", "reason").annotate(
        Count("pk"), Count("resolved_at"), Max("created_at")
    )
    for source, on, kind, column, reason, n, n_resolved, last in counted:
        one = found[source]
        one.by_day[on].quarantined += n
        one.reasons[kind, column, reason] += n
        one.n_waiting += n - n_resolved
        one.last_received_at = newer(one.last_received_at, last + shift)


def _add_warnings(found: Mapping[str, Quality], rows: QuerySet[QuarantinedRow]) -> None:
    for source, kind, column, reason, n in rows.values_list(
        "source", "kind", "column", "reason"
    ).annotate(Count("pk")):
        found[source].warnings[kind, column, reason] += n


def _shop_day(name: str) -> TruncDate:
    """The shop's day of a moment that the database noted by the real clock."""
    offset = timedelta(seconds=round((now() - real_now()).total_seconds()))
    shifted = ExpressionWrapper(F(name) + Value(offset), output_field=DateTimeField())
    return TruncDate(shifted, tzinfo=shop_zone(), output_field=DateField())
