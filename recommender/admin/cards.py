"""A model's card, arranged for reading: each metric beside its baselines. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

# what a card is judged by; databases keep no order of keys
FIRST = ("ndcg@10", "auc", "log_loss", "mae")
LOWER_IS_BETTER = ("loss", "brier", "ece", "mae", "rmse", "error")


@dataclass(frozen=True)
class Figure:
    """One estimate with its interval; None where the card has none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    is_best: bool = False


@dataclass(frozen=True)
class MetricRow:
    """One metric of the model and of everything it was compared with."""

    name: str
    is_lower_better: bool
    figures: tuple[Figure, ...]  # in the order of the table's columns


@dataclass(frozen=True)
class MetricTable:
    columns: tuple[str, ...]  # the model first, then its baselines
    rows: tuple[MetricRow, ...]


def metric_table(card: Mapping[str, Any]) -> MetricTable:
    """Put the card's metrics and baselines side by side."""
    baselines = card.get("baselines") or {}
    sources = [card.get("metrics") or {}, *baselines.values()]
    names = sorted({name for source in sources for name in source}, key=_importance)
    rows = tuple(_row(name, [source.get(name) for source in sources]) for name in names)
    return MetricTable((str(card.get("model", "")), *baselines), rows)


def group_table(
    card: Mapping[str, Any],
) -> tuple[list[str], list[tuple[str, list[Figure]]]]:
    """Return the metric names and, by customer group, their figures."""
    kept = sorted(
        (card.get("groups") or {}).items(), key=lambda pair: _leading_number(pair[0])
    )
    groups = {name: found for name, found in kept if isinstance(found, Mapping)}
    names = list(dict.fromkeys(name for found in groups.values() for name in found))
    return names, [
        (group, [figure(found.get(name)) for name in names])
        for group, found in groups.items()
    ]


def is_lower_better(metric: str) -> bool:
    return any(word in metric.lower() for word in LOWER_IS_BETTER)


def figure(kept: Any) -> Figure:
    """Read one figure of a card: a number, or a value with its interval."""
    if isinstance(kept, Mapping):
        return Figure(
            _number(kept.get("value")),
            _number(kept.get("low")),
            _number(kept.get("high")),
        )
    return Figure(_number(kept))


def chart(row: MetricRow, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return what charts.js draws as intervals: the model first, then the baselines."""
    return {
        "rows": [
            {
                "label": column,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "tone": "brand" if place == 0 else "quiet",
                "words": words(column, one),
            }
            for place, (column, one) in enumerate(
                zip(columns, row.figures, strict=True)
            )
            if one.value is not None
        ],
        "zero": False,
    }


def loss_chart(card: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what charts.js draws as curves: how the loss fell while it learned; None
    for what learns at once.
    """
    looks = card.get("loss_curve") or []
    if not looks:
        return None
    return {
        "labels": [look["n_read"] for look in looks],
        "series": [
            {
                "label": str(_("learned from")),
                "values": [_number(look.get("training")) for look in looks],
            },
            {
                "label": str(_("watched only")),
                "values": [_number(look.get("watched")) for look in looks],
                "is_bold": True,
            },
        ],
        "suffix": "",
        "most": None,
    }


def words(label: str, one: Figure) -> str:
    interval = (
        f" ({one.low:.4g} … {one.high:.4g})"
        if one.low is not None and one.high is not None
        else ""
    )
    return f"{label}: {one.value:.4g}{interval}"


def _row(name: str, kept: list[Any]) -> MetricRow:
    figures = [figure(one) for one in kept]
    values = [one.value for one in figures if one.value is not None]
    lower = is_lower_better(name)
    best = (min(values) if lower else max(values)) if len(values) > 1 else None
    marked = (
        Figure(
            one.value, one.low, one.high, is_best=best is not None and one.value == best
        )
        for one in figures
    )
    return MetricRow(name, lower, tuple(marked))


def _importance(name: str) -> tuple[bool, int, str]:
    """Metrics of the whole before those of a part ("repeat ndcg@10"); what is judged
    by, first.
    """
    return (" " in name, FIRST.index(name) if name in FIRST else len(FIRST), name)


def _leading_number(name: str) -> int:
    digits = re.match(r"\d+", name)
    return int(digits[0]) if digits else -1


def _number(value: Any) -> float | None:
    return (
        float(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else None
    )
