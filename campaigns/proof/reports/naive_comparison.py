"""Without a control group: what a usual dashboard would claim, why it is wrong, and
what time can hint at.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.proof.reports.sentences import change
from campaigns.stats.arm_statistics import Array, Sample
from campaigns.stats.comparisons.corrections import holm
from campaigns.stats.comparisons.means import Comparison, compare_means
from campaigns.stats.experiment_spec import Metric
from profiles import history
from profiles.history import Tables

# the campaign's own and three before it, two steps of which test the trends
N_WINDOWS = 4
SPENT = """
    SELECT customer, CAST(floor((epoch(?) - epoch(happened_at)) / epoch(?)) AS BIGINT) AS back,
        CAST(coalesce(sum(revenue), 0) AS DOUBLE) AS revenue
    FROM events WHERE type IN ('purchase', 'return') AND happened_at >= ? AND happened_at < ? GROUP BY ALL
"""  # the metric `revenue`, in every window at once


def look(
    campaign: Campaign, recipients: pa.Table, tables: Tables | None = None
) -> dict[str, Any]:
    """Compare recipients with everybody else in the campaign's window: `naive`, which
    is no effect, and `indication`.

    The indication is the difference in differences: how much more recipients changed
    against the window of the same length before. It stands on the trends having been
    parallel, which the windows before that are asked. `tables` may be shared by many
    campaigns.
    """
    if (
        campaign.starts_at is None
        or campaign.ends_at is None
        or not recipients.num_rows
    ):
        return {"naive": None, "indication": None}
    read = tables or history.tables(as_of=campaign.ends_at)
    windows, chosen = _spending(read, campaign.starts_at, campaign.ends_at, recipients)
    trends = [
        _compared(windows[k] - windows[k + 1], chosen) for k in range(1, N_WINDOWS - 1)
    ]
    return {
        "naive": _naive(_compared(windows[0], chosen)),
        "indication": _indication(_compared(windows[0] - windows[1], chosen), trends),
    }


def _spending(
    tables: Tables, starts_at: datetime, ends_at: datetime, recipients: pa.Table
) -> tuple[Array, np.ndarray]:
    """Return every customer's revenue in the window and in those before it (n_windows,
    n), and who was chosen.
    """
    length = ends_at - starts_at
    first = starts_at - (N_WINDOWS - 1) * length
    found = tables.connection.sql(
        SPENT, params=[ends_at, length, first, ends_at]
    ).to_arrow_table()
    customers = np.unique(
        np.concatenate(
            [_column(tables.run("SELECT customer FROM customers")), _column(recipients)]
        )
    )
    known = np.isin(_column(found), customers)
    spent = np.zeros((N_WINDOWS, len(customers)))
    back_, places = (
        found["back"].to_numpy()[known].astype(np.int64),
        np.searchsorted(customers, _column(found)[known]),
    )
    spent[np.clip(back_, 0, N_WINDOWS - 1), places] += found["revenue"].to_numpy()[
        known
    ]
    return spent, np.isin(customers, _column(recipients))


def _column(table: pa.Table) -> np.ndarray:
    return table["customer"].to_numpy()


def _compared(values: Array, chosen: np.ndarray) -> Comparison:
    return compare_means(Sample.of(values[~chosen]), Sample.of(values[chosen]))


def _naive(seen: Comparison) -> dict[str, Any]:
    warning = _(
        "Recipients differ from everybody else by {size} per customer. This is no"
        " effect: they were chosen, for example because they buy much anyway. Without a"
        " control group no effect is claimed."
    )
    return {
        "metric": "revenue",
        "mean_recipients": seen.mean,
        "mean_others": seen.mean_control,
        "difference": seen.difference,
        "warning": warning.format(size=_money(seen.difference)),
    }


def _indication(seen: Comparison, trends: Sequence[Comparison]) -> dict[str, Any]:
    """Doubt the parallel trends as soon as one earlier step was another for recipients,
    corrected for their number.
    """
    known = [trend.p for trend in trends if trend.p is not None]
    is_parallel = not known or bool(holm(known).min() >= seen.alpha)
    words = _(
        "Against the time before, recipients changed by {size} more than others,"
        " interval {low} to {high}."
    )
    doubt = (
        ""
        if is_parallel
        else _(" Even before, the two groups drifted apart, so this hints at little.")
    )
    said = words.format(
        size=_money(seen.difference), low=_money(seen.low), high=_money(seen.high)
    )
    return {
        "method": "difference in differences",
        "metric": "revenue",
        "difference": seen.difference,
        "low": seen.low,
        "high": seen.high,
        "earlier_difference": trends[0].difference,
        "earlier_p": trends[0].p,
        "trends": [
            {"difference": one.difference, "low": one.low, "high": one.high, "p": one.p}
            for one in trends
        ],
        "is_parallel": is_parallel,
        "sentence": said + doubt,
    }


def _money(value: float | None) -> str:
    return change(value, Metric("revenue", "mean", currency=settings.SHOP_CURRENCY))
