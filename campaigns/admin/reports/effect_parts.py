"""The rest of an effect report, arranged for reading: over time, within groups, in
money, beside attribution.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.reports import effect_charts, effect_words
from campaigns.admin.reports.effect_charts import Chart
from retention_site.lib.admin.words import NOTHING, count, day, money

IN_ORDER = re.compile(r"^\d (?=\D)")  # as in "1 nothing", never in "19-24"


@dataclass(frozen=True)
class GroupLine:
    """The effect in one group, written out."""

    by: str
    value: str
    arm: str
    n: int
    difference: str
    interval: str
    verdict: str
    tone: str


@dataclass(frozen=True)
class Figure:
    """One amount with its ends, written out; the ends are empty where it was counted."""

    name: str
    value: str
    ends: str = ""
    tone: str = ""


def band(report: Mapping[str, Any], currency: str) -> Chart | None:
    """Draw the first arm's effect as it stood on each day, with the band that may be
    watched.
    """
    daily = effect_charts.effect_of(report).get("daily") or []
    points = [one for one in daily if one["arm"] == daily[0]["arm"]]
    if len(points) < 3:
        return None
    factor, suffix, unit = _unit(points[0], currency)
    return Chart(
        effect_words.metric_title(points[0]),
        unit,
        {
            "labels": [day(datetime.fromisoformat(one["at"])) for one in points],
            **{
                name: [round(factor * one[key], 6) for one in points]
                for name, key in KEYS.items()
            },
            "suffix": suffix,
            "titles": [_("day"), unit or effect_words.metric_title(points[0])],
            "dot": effect_words.change(points[-1]["difference"], points[-1], currency),
        },
    )


KEYS = {"value": "difference", "low": "low", "high": "high"}


def weekly(report: Mapping[str, Any], currency: str) -> Chart | None:
    """Draw what each week after assignment added, in the first arm."""
    found = effect_charts.effect_of(report).get("weekly") or []
    weeks = [one for one in found if one["arm"] == found[0]["arm"]]
    if len(weeks) < 2:
        return None
    factor, _suffix, unit = _unit(weeks[0], currency)
    rows = [
        {
            "label": _("week %(n)s") % {"n": one["week"]},
            "tone": "brand",
            "words": _span(one, currency),
        }
        | {name: factor * one[key] for name, key in KEYS.items()}
        for one in weeks
    ]
    return Chart(effect_words.metric_title(weeks[0]), unit, {"rows": rows, "marks": []})


def groups(report: Mapping[str, Any], currency: str) -> list[GroupLine]:
    """Write the effect within each group out; the number that puts groups in order is
    taken off their names.
    """
    return [
        GroupLine(
            by=str(one["by"]),
            value=IN_ORDER.sub("", str(one["value"])),
            arm=str(one["arm"]),
            n=one["n"] + one["n_control"],
            difference=effect_words.change(one["difference"], one, currency),
            interval=_span(one, currency) if one["low"] is not None else NOTHING,
            verdict=str(one["verdict"]),
            tone=effect_charts.VERDICT_TONES.get(str(one["verdict"]), "quiet"),
        )
        for one in effect_charts.effect_of(report).get("segments") or ()
    ]


def figures(found: Mapping[str, Any] | None) -> list[Figure]:
    """Write revenue, cost and profit of the whole out."""
    if not found:
        return []
    currency, profit = found["currency"], found["profit"]
    sure = "good" if profit["low"] > 0 else "bad" if profit["high"] < 0 else ""
    unpriced = "" if found["is_sending_priced"] else _("sending is not priced")
    return [
        Figure(
            _("Additional revenue"), *_amount(found["incremental_revenue"], currency)
        ),
        Figure(_("Cost"), money(found["cost"]["total"], currency), unpriced),
        Figure(_("Profit"), *_amount(profit, currency), sure),
    ]


def attributed(report: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write what a usual dashboard credits out."""
    found = report.get("attribution")
    if not found:
        return None
    names = {
        "sent": (
            _("bought within %(n)s days of a message") % {"n": found["days"]["sent"]}
        ),
        "clicked": (
            _("bought within %(n)s days of a click") % {"n": found["days"]["clicked"]}
        ),
        "redeemed": _("bought with its coupon"),
    }
    lines = [
        (
            name,
            count(found[key]["orders"]),
            money(found[key]["revenue"], found["currency"]),
        )
        for key, name in names.items()
    ]
    return {"lines": lines, "warning": found["warning"]}


def _amount(found: Mapping[str, float], currency: str) -> tuple[str, str]:
    ends = (
        f"{money(found['low'], currency, sign=True)} …"
        f" {money(found['high'], currency, sign=True)}"
    )
    return money(found["value"], currency, sign=True), ends


def _unit(one: Mapping[str, Any], currency: str) -> tuple[int, str, str]:
    if one.get("kind") == "proportion":
        return 100, "", _("percentage points")
    return 1, "", currency if effect_words.is_money(one) else ""


def _span(one: Mapping[str, Any], currency: str) -> str:
    low, high = (
        effect_words.change(one[end], one, currency) for end in ("low", "high")
    )
    return f"{low} … {high}"
