"""What an effect per customer adds up to: revenue, cost and profit of the whole, as far
as they are known.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.proof.reports.sentences import change
from campaigns.stats.experiment_spec import Metric

Interval = dict[str, float]
WHOLE_FROM = 1_000


def money_of(
    effect: Mapping[str, Any] | None, *, coupons: float, sent: Mapping[str, int]
) -> dict[str, Any] | None:
    """Multiply revenue (or margin) per customer by all treated ones; None where no
    revenue was measured.

    `coupons` is what redeemed ones took off, `sent` counts messages by channel. Profit
    is the margin that the metric `margin` measured (coupons taken off already), else
    the shop's margin of the revenue less the coupons; either way less sending.
    """
    results = [
        one
        for one in (effect or {}).get("results", ())
        if one["low"] is not None and one["verdict"] != "refused"
    ]
    revenue = _in_total([one for one in results if one["metric"] == "revenue"])
    margin = _in_total([one for one in results if one["metric"] == "margin"])
    if revenue is None:
        return None
    costs, share = shop_rules.send_costs(), shop_rules.margin()
    sending = sum(n * costs.get(channel, 0.0) for channel, n in sent.items())
    kept = margin or {name: share * value - coupons for name, value in revenue.items()}
    profit = {name: value - sending for name, value in kept.items()}
    return {
        "currency": settings.SHOP_CURRENCY,
        "incremental_revenue": revenue,
        "cost": {"coupons": coupons, "sending": sending, "total": coupons + sending},
        "profit": profit,
        "margin_share": share,
        "is_sending_priced": bool(costs),
        "sentence": _sentence(revenue, coupons + sending, profit),
    }


def _in_total(results: list[Mapping[str, Any]]) -> Interval | None:
    """Sum over arms; the ends are summed too, which is never too narrow."""
    if not results:
        return None
    return {
        "value": sum(one["difference"] * one["n"] for one in results),
        "low": sum(_end(one, "low") * one["n"] for one in results),
        "high": sum(_end(one, "high") * one["n"] for one in results),
    }


def _end(result: Mapping[str, Any], name: str) -> float:
    """The interval one may look at daily, where there is one."""
    daily = result.get(f"sequential_{name}")
    return float(result[name] if daily is None else daily)


def _sentence(revenue: Interval, cost: float, profit: Interval) -> str:
    said = {
        "revenue": _money(revenue["value"]),
        "low": _money(revenue["low"]),
        "high": _money(revenue["high"]),
        "cost": _money(cost).removeprefix("+"),
        "profit": _money(profit["value"]),
        "profit_low": _money(profit["low"]),
        "profit_high": _money(profit["high"]),
    }
    if profit["low"] <= 0 <= profit["high"]:
        return _(
            "Whether it paid is not certain yet: {profit} of profit is the best guess,"
            " and anything from {profit_low} to {profit_high} is possible. Additional"
            " revenue {revenue}, cost {cost}."
        ).format(**said)
    words = _(
        "It brought {revenue} of revenue ({low} to {high}) and cost {cost}: {profit} of"
        " profit. {so}"
    )
    return words.format(
        **said, so=_("It paid.") if profit["low"] > 0 else _("It lost money.")
    )


def _money(value: float) -> str:
    """Write an amount; of thousands nobody needs the cents."""
    rounded = float(round(value)) if abs(value) >= WHOLE_FROM else value
    written = change(
        rounded, Metric("revenue", "mean", currency=settings.SHOP_CURRENCY)
    )
    return written.replace(".00 ", " ") if abs(value) >= WHOLE_FROM else written
