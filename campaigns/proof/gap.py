"""Without a control group: what a usual dashboard would claim, why it is wrong, and what time can hint at."""

from datetime import datetime
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.proof.metrics.revenue import Revenue
from campaigns.proof.plans import Metric
from campaigns.proof.sentences import change
from campaigns.proof.stats.means import Comparison, compare_means
from campaigns.proof.stats.samples import Array, Sample
from profiles import history


def look(campaign: Campaign, recipients: pa.Table) -> dict[str, Any]:
    """Compare recipients with everybody else in the campaign's window: `naive`, which is no effect, and `indication`.

    The indication is the difference in differences: how much more recipients changed against the window of the same
    length before. It stands on the trends having been parallel, which the two windows before that are asked.
    """
    if campaign.starts_at is None or campaign.ends_at is None or not recipients.num_rows:
        return {"naive": None, "indication": None}
    during, before, earlier, chosen = _spending(campaign.starts_at, campaign.ends_at, recipients)
    return {
        "naive": _naive(_compared(during, chosen)),
        "indication": _indication(_compared(during - before, chosen), _compared(before - earlier, chosen)),
    }


def _spending(starts_at: datetime, ends_at: datetime, recipients: pa.Table) -> tuple[Array, Array, Array, np.ndarray]:
    """Return every customer's revenue in the window and in the two before it, and who was chosen."""
    length = ends_at - starts_at
    tables = history.tables(as_of=ends_at)
    columns = [_revenue(tables.events, starts_at - k * length, ends_at - k * length) for k in range(3)]
    customers = np.unique(
        np.concatenate([_column(tables.customers.select("customer").to_pyarrow()), _column(recipients)])
    )
    spent = []
    for column in columns:
        revenue = np.zeros(len(customers))
        known, places = np.isin(_column(column), customers), np.searchsorted(customers, _column(column))
        revenue[places[known]] = column["revenue"].to_numpy()[known].astype(np.float64)
        spent.append(revenue)
    return spent[0], spent[1], spent[2], np.isin(customers, _column(recipients))


def _revenue(events: ir.Table, start: datetime, end: datetime) -> pa.Table:
    within = events.filter(events.happened_at >= start, events.happened_at < end)
    return (
        within.group_by("customer")
        .aggregate(revenue=Revenue().outcome(within).fill_null(0).cast("float64"))
        .to_pyarrow()
    )


def _column(table: pa.Table) -> np.ndarray:
    return table["customer"].to_numpy()


def _compared(values: Array, chosen: np.ndarray) -> Comparison:
    return compare_means(Sample.of(values[~chosen]), Sample.of(values[chosen]))


def _naive(seen: Comparison) -> dict[str, Any]:
    warning = _(
        "Recipients differ from everybody else by {size} per customer. This is no effect: they were chosen, for "
        "example because they buy much anyway. Without a control group no effect is claimed."
    )
    return {
        "metric": "revenue",
        "mean_recipients": seen.mean,
        "mean_others": seen.mean_control,
        "difference": seen.difference,
        "warning": warning.format(size=_money(seen.difference)),
    }


def _indication(seen: Comparison, trend: Comparison) -> dict[str, Any]:
    is_parallel = trend.p is None or trend.p >= trend.alpha
    words = _("Against the time before, recipients changed by {size} more than others, interval {low} to {high}.")
    doubt = "" if is_parallel else _(" Even before, the two groups drifted apart, so this hints at little.")
    said = words.format(size=_money(seen.difference), low=_money(seen.low), high=_money(seen.high))
    return {
        "method": "difference in differences",
        "metric": "revenue",
        "difference": seen.difference,
        "low": seen.low,
        "high": seen.high,
        "earlier_difference": trend.difference,
        "earlier_p": trend.p,
        "is_parallel": is_parallel,
        "sentence": said + doubt,
    }


def _money(value: float | None) -> str:
    return change(value, Metric("revenue", "mean", currency=settings.SHOP_CURRENCY))
