"""Data quality: of each source what came, what of it was new, bad or missing, and when
it was last heard of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.intake.sources.source_quality import OneDay, Quality, quality
from profiles.models import InboundSource
from retention_site.lib.admin.pages import link, show
from retention_site.lib.admin.words import count, day
from retention_site.lib.clock import now, shop_zone

PERIODS = (
    (7, gettext_lazy("7 days")),
    (28, gettext_lazy("28 days")),
    (91, gettext_lazy("13 weeks")),
)
USUAL_DAYS = 28
SHOWN_REASONS = 6
# a source that came daily and has been quiet for this long is worth a look
SILENT = timedelta(days=2)
DAILY = 0.7  # of the days before: so many days with facts make a source a daily one


@dataclass(frozen=True)
class Column:
    """One day of the trend: heights are per cent of the busiest day."""

    words: str
    stored: float
    duplicates: float
    quarantined: float


@dataclass(frozen=True)
class Card:
    """One source as its card shows it."""

    source: Quality
    trend: list[Column]
    # as reasons, of what was taken in without a field
    warnings: list[tuple[str, str, int, str]]
    # field, reason, how many, address of the rows
    reasons: list[tuple[str, str, int, str]]
    n_more_reasons: int
    missing: list[tuple[str, float]]
    complete: list[str]  # fields that never were
    kinds: list[tuple[str, int]]
    is_silent: bool
    address: str  # of the source's own page, where it has one
    quarantine: str


def page(request: HttpRequest) -> HttpResponse:
    """All sources, the busiest first."""
    asked = request.GET.get("days", "")
    n_days = (
        int(asked) if asked.isdecimal() and int(asked) in dict(PERIODS) else USUAL_DAYS
    )
    today = now().astimezone(shop_zone()).date()
    since = today - timedelta(days=n_days - 1)
    found = quality(since)
    pages = {source.slug: link(source) for source in InboundSource.objects.all()}
    return show(
        request,
        admin.site,
        "admin/profiles/quality.html",
        {
            "title": _("Data quality"),
            "cards": [card(one, since, today, pages) for one in found],
            "n_days": n_days,
            "periods": PERIODS,
            "total": total(found),
            "since": since,
        },
    )


def card(source: Quality, since: date, today: date, pages: dict[str, str]) -> Card:
    """Put together what one card shows."""
    reasons, warnings = (
        [
            (
                column or kind,
                reason,
                n,
                rows(source.source, column=column, reason=reason),
            )
            for (kind, column, reason), n in counted.most_common(SHOWN_REASONS)
        ]
        for counted in (source.reasons, source.warnings)
    )
    every = [since + timedelta(days=n) for n in range((today - since).days + 1)]
    return Card(
        source,
        trend(source, every),
        warnings,
        reasons,
        max(len(source.reasons) - SHOWN_REASONS, 0),
        sorted(
            ((name, share) for name, share in source.missing.items() if share),
            key=lambda pair: -pair[1],
        ),
        sorted(name for name, share in source.missing.items() if not share),
        source.kinds.most_common(5),
        is_silent(source, every),
        pages.get(source.source, ""),
        rows(source.source),
    )


def trend(source: Quality, every: list[date]) -> list[Column]:
    """Return a column for each day, empty days too."""
    by_day = [(on, source.by_day.get(on, OneDay())) for on in every]
    most = max((one.received for _on, one in by_day), default=0) or 1
    return [
        Column(
            _("%(day)s: %(n)s received, %(bad)s quarantined")
            % {
                "day": day(on),
                "n": count(one.received),
                "bad": count(one.quarantined),
            },
            *(
                round(100 * n / most, 2)
                for n in (one.stored, one.duplicates, one.quarantined)
            ),
        )
        for on, one in by_day
    ]


def is_silent(source: Quality, every: list[date]) -> bool:
    """Say whether a source that used to bring something nearly daily has stopped."""
    last = source.last_received_at
    if last is None or now() - last < SILENT:
        return False
    before = [on for on in every if on <= last.astimezone(shop_zone()).date()]
    return bool(before) and sum(on in source.by_day for on in before) >= DAILY * len(
        before
    )


def rows(source: str, **more: str) -> str:
    """Return the address of a source's quarantined rows."""
    asked = urlencode({"source": source, "state": "all", **more})
    return f"{reverse('admin:profiles_quarantinedrow_changelist')}?{asked}"


def total(found: list[Quality]) -> dict[str, Any]:
    """Sum up what all sources brought."""
    names = ("received", "stored", "duplicates", "quarantined", "n_waiting")
    return {name: sum(getattr(one, name) for one in found) for name in names}
