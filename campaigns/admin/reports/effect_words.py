"""How an effect's figures are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.content import metric_keys
from retention_site.lib import registry
from retention_site.lib.admin.words import money, number, points, rate


def figure(value: float | None, result: Mapping[str, Any], currency: str) -> str:
    """Write a level of a metric: a share in per cent, an amount in its currency."""
    if result.get("kind") == "proportion":
        return rate(value, 2)
    return money(value, currency) if is_money(result) else number(value, 3)


def change(
    value: float | None, result: Mapping[str, Any], currency: str, *, sign: bool = True
) -> str:
    """Write a difference of two levels; of shares it is in points."""
    if result.get("kind") == "proportion":
        return points(value, 2, sign=sign)
    return (
        money(value, currency, sign=sign)
        if is_money(result)
        else number(value, 3, sign=sign)
    )


def metric_title(result: Mapping[str, Any]) -> str:
    """The metric's title; its key where no plug-in carries it."""
    return str(getattr(_plugin(result), "title", result.get("metric", "")))


def kind_of(metric: str) -> str:
    return str(getattr(_plugin({"metric": metric}), "kind", "mean"))


def is_money(result: Mapping[str, Any]) -> bool:
    return bool(getattr(_plugin(result), "is_money", False))


def _plugin(result: Mapping[str, Any]) -> Any:
    try:
        return metric_keys.named(str(result.get("metric", "")))
    except registry.UnknownPlugin:
        return None
