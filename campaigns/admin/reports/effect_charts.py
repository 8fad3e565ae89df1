"""The charts of effects with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.reports.effect_words import (
    change,
    is_money,
    metric_title,
)

VERDICT_TONES = {
    "better": "good",
    "worse": "bad",
    "undecided": "wait",
    "refused": "warn",
    "too early": "wait",
}


@dataclass(frozen=True)
class Chart:
    """What charts.js draws: the differences of one metric with their intervals."""

    metric: str
    unit: str
    spec: dict[str, Any]


def effect_of(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the effect inside a campaign report, or the report itself where it is one;
    empty when there is none.
    """
    if "effect" in report:
        return report["effect"] or {}
    return report if "results" in report else {}


def charts(report: Mapping[str, Any], currency: str) -> list[Chart]:
    """Return one chart for each metric that has an interval."""
    results = [
        result
        for result in effect_of(report).get("results", ())
        if result.get("role") != "guardrail"
    ]
    known = [result for result in results if interval(result)[0] is not None]
    # the main one first, as the report has them
    metrics = dict.fromkeys(metric_title(result) for result in known)
    return [
        _chart(metric, [one for one in known if metric_title(one) == metric], currency)
        for metric in metrics
    ]


def _chart(metric: str, results: list[Mapping[str, Any]], currency: str) -> Chart:
    factor = 100 if results[0].get("kind") == "proportion" else 1
    rows = [
        {
            "label": str(result.get("arm", "")),
            "value": factor * result["difference"],
            "low": factor * low,
            "high": factor * high,
            "tone": VERDICT_TONES.get(str(result.get("verdict")), "quiet"),
            "dot": change(result["difference"], result, currency),
            "words": (
                f"{change(result['difference'], result, currency)}"
                f" ({span(low, high, result, currency)})"
            ),
        }
        for result in results
        for low, high in [interval(result)]
        if low is not None and high is not None
    ]
    marks = [
        {"at": factor * result["truth"]}
        for result in results
        if result.get("truth") is not None
    ]
    unit = (
        _("percentage points")
        if factor == 100
        else currency
        if is_money(results[0])
        else ""
    )
    title = _("no change is 0; to the right more") + (f" ({unit})" if unit else "")
    return Chart(metric, unit, {"rows": rows, "marks": marks, "title": title})


def interval(result: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The interval that the verdict stands on: the one that may be looked at daily
    where there is one.
    """
    if result.get("sequential_low") is not None:
        return result["sequential_low"], result["sequential_high"]
    return result.get("low"), result.get("high")


def span(
    low: float, high: float | None, result: Mapping[str, Any], currency: str
) -> str:
    return f"{change(low, result, currency)} … {change(high, result, currency)}"
