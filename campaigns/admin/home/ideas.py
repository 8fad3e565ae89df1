"""What could be next: three recipes for whom the shop has people, with what such
campaigns brought before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.reports import effect_charts
from campaigns.lifecycle.recipes import RECIPES
from campaigns.models import EffectReport
from campaigns.stats.forecasts.pooling import Pooled, pool
from profiles.admin.trait_counts import trait_counts
from retention_site.lib.admin.words import money

from ..reports import effects

MOST = 3
REPORTS = 40  # the newest that are pooled
QUANTILE = 1.959964  # reports give 95 % intervals
SECONDS = 60
DUE = """
    SELECT count(*) FROM profiles_portrait portrait
    JOIN profiles_customer customer ON customer.id = portrait.customer_id
    WHERE customer.merged_into_id IS NULL AND customer.erased_at IS NULL
        AND (portrait.traits -> 'due_in_days' ->> 'value')::float BETWEEN -3 AND 2
"""


@dataclass(frozen=True)
class Idea:
    """A recipe, for how many, and what it may bring."""

    recipe: str
    icon: str
    title: str | Promise
    whom: str | Promise
    n: int
    gain: str = ""
    ends: str = ""
    n_past: int = 0


def _in_stage(stage: str) -> Callable[[], int]:
    return lambda: trait_counts("lifecycle").get(stage, 0)


def _due() -> int:
    return int(cache.get_or_set("home-due", _counted_due, SECONDS) or 0)


def _counted_due() -> int:
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        return int(cursor.fetchone()[0])


# recipe, its icon, whom it is for, how many they are now
CANDIDATES: tuple[tuple[str, str, Promise, Callable[[], int]], ...] = (
    (
        "win_back",
        "undo",
        gettext_lazy("lapsing: silent for twice their usual interval"),
        _in_stage("lapsing"),
    ),
    (
        "replenishment",
        "autorenew",
        gettext_lazy("due: they usually buy about now"),
        _due,
    ),
    (
        "post_purchase",
        "package_2",
        gettext_lazy("new: first order within 30 days"),
        _in_stage("new"),
    ),
    (
        "price_drop",
        "sell",
        gettext_lazy("active, who may have looked at it"),
        _in_stage("active"),
    ),
)


def ideas(currency: str) -> list[Idea]:
    """Return up to three, the one with the most people first."""
    sized = [(whom, key, icon, count()) for key, icon, whom, count in CANDIDATES]
    sized = sorted((one for one in sized if one[3]), key=lambda one: -one[3])[:MOST]
    past = past_effect(currency) if sized else None
    return [
        Idea(key, icon, RECIPES[key].title, whom, n, **_expected(n, past, currency))
        for whom, key, icon, n in sized
    ]


def past_effect(currency: str) -> Pooled | None:
    """Pool what past campaigns brought per customer, in revenue.

    Checks, simulated reports, those of another currency, and those whose window was not
    over say nothing about money.
    """
    rows = EffectReport.objects.filter(label="").exclude(run=None).order_by("-pk")
    found = [line for row in rows[:REPORTS] for line in _revenue(row, currency)]
    differences, errors = [one[0] for one in found], [one[1] for one in found]
    return pool(differences, errors)


def _revenue(report: EffectReport, currency: str) -> list[tuple[float, float]]:
    effect = effect_charts.effect_of(report.result)
    is_early = effects.readable_on(report.result, report.window_to) is not None
    if effect.get("refused") or is_early:
        return []
    spoken = (report.result.get("money") or {}).get("currency", currency)
    return [
        (one["difference"], (one["high"] - one["low"]) / (2 * QUANTILE))
        for one in effect.get("results") or ()
        if one.get("metric") == "revenue"
        and one.get("low") is not None
        and one.get("verdict") != "refused"
        and spoken == currency
    ]


def _expected(n: int, past: Pooled | None, currency: str) -> dict[str, Any]:
    if past is None:
        return {}
    ends = _("between %(low)s and %(high)s") % {
        "low": money(n * past.low, currency, sign=True),
        "high": money(n * past.high, currency, sign=True),
    }
    return {
        "gain": money(n * past.mean, currency, sign=True),
        "ends": ends,
        "n_past": past.n,
    }
