"""What the arms as this version weighs them would have brought, from the logged chances
of earlier runs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from campaigns.content.model import Content, shares
from campaigns.content.parse import read
from campaigns.models import Campaign, Run
from campaigns.outcomes.analysis_rows import DAYS_BEFORE, gathered
from campaigns.outcomes.assignments import assignments_of
from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.customer_outcomes import Window
from campaigns.stats.allocation.off_policy import OffPolicy, evaluate
from campaigns.stats.comparisons.means import Interval
from retention_site.lib.clock import now

MOST_RUNS = 20  # looked back on


def logged(campaign: Campaign, content: Content) -> dict[str, Any] | None:
    """Estimate the first goal per customer under this version's arms; None where no
    earlier run is over.

    Every arm that the version uses must have been logged with a chance; else it is
    refused, as when few would decide.
    """
    run = _last_closed(campaign)
    if run is None:
        return None
    earlier = read(run.version.content)
    was, wanted = dict(run.shares or shares(earlier)), shares(content)
    metric = next(
        (
            key
            for key in content.goal.metrics
            if Question((key,)).metrics[key].kind != "ratio"
        ),
        None,
    )
    if metric is None:
        return None
    unknown = sorted(arm for arm, share in wanted.items() if share and not was.get(arm))
    if unknown:
        why = _("never tried before: {arms}").format(arms=", ".join(unknown))
        return _as_json(run, metric, OffPolicy(0, 0.0, None, None, None, why))
    assignments = assignments_of(run)
    window = Window(earlier.goal.window_days, DAYS_BEFORE, now())
    split = {arm: share for arm, share in was.items() if share} or was
    with gathered(
        assignments, Question((metric,), is_sequential=False), window, split=split
    ) as evidence:
        table = evidence.connection.sql(
            "SELECT arm, v0 AS y, v1 AS before FROM rows"
        ).to_arrow_table()
    return _as_json(run, metric, _estimated(table, was, wanted))


def _last_closed(campaign: Campaign) -> Run | None:
    """Return the newest run whose outcomes are all in; what has just left has brought
    nothing yet.
    """
    runs = campaign.runs.filter(
        state__in=[Run.State.SENDING, Run.State.FINISHED],
        n_audience__isnull=False,
        label="",
    )
    for run in runs.select_related("version").order_by("-pk")[:MOST_RUNS]:
        content = read(run.version.content)
        if (
            content.segment is not None
            and run.as_of + timedelta(days=content.goal.window_days) <= now()
        ):
            return run
    return None


def _estimated(
    rows: pa.Table, was: dict[str, float], wanted: dict[str, float]
) -> OffPolicy:
    """Fit the outcome on each arm by the customer's own past; that model makes the
    estimate doubly robust.
    """
    arms, y, before = (
        rows["arm"].to_numpy(zero_copy_only=False),
        rows["y"].to_numpy(),
        rows["before"].to_numpy(),
    )
    predicted = {
        arm: _fitted(y[arms == arm], before[arms == arm], before)
        for arm in wanted
        if (arms == arm).any()
    }
    own, under = np.zeros(len(y)), np.zeros(len(y))
    for arm, values in predicted.items():
        own[arms == arm] = values[arms == arm]
        under += wanted[arm] * values
    chance, target = (
        np.array([shares_.get(arm, 0.0) for arm in arms]) for shares_ in (was, wanted)
    )
    return evaluate(y, chance, target, expected=own, expected_under_target=under)


def _fitted(y: np.ndarray, x: np.ndarray, for_all: np.ndarray) -> np.ndarray:
    slope = (
        float(np.cov(x, y)[0, 1] / x.var(ddof=1)) if len(x) > 2 and x.var() > 0 else 0.0
    )
    return np.asarray(y.mean() + slope * (for_all - x.mean()))


def _as_json(run: Run, metric: str, found: OffPolicy) -> dict[str, Any]:
    def spelled(one: Interval | None) -> dict[str, float] | None:
        return {"value": one.value, "low": one.low, "high": one.high} if one else None

    return {
        "run": run.pk,
        "metric": metric,
        "n": found.n,
        "effective": found.effective,
        "ips": spelled(found.ips),
        "snips": spelled(found.snips),
        "dr": spelled(found.dr),
        "refused": found.why_not or None,
    }
