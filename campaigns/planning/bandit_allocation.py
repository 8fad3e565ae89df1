"""The arms' weights of the next run, from what earlier runs of the campaign showed. The
control group stays fixed.
"""

from __future__ import annotations

import hashlib

import numpy as np

from campaigns.content.model import CONTROL, Content
from campaigns.content.model import shares as planned_shares
from campaigns.content.parse import read
from campaigns.models import Run
from campaigns.outcomes.analysis_rows import DAYS_BEFORE, gathered
from campaigns.outcomes.assignments import assignments_of
from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.customer_outcomes import Window
from campaigns.stats.allocation import bandit
from campaigns.stats.arm_statistics import Array
from retention_site.lib.clock import now

MOST_RUNS = 12  # looked back on; what customers liked a year ago tells little
SUMS = "SELECT arm, count(*), sum(v0), sum(v0 * v0) FROM rows GROUP BY arm"


def shares(run: Run, content: Content) -> dict[str, float] | None:
    """Return every arm's share for this run, control first; None where the weights are
    as planned.

    The draw is seeded by the run, so that a part planned again gives the same arms.
    """
    learned = content.allocation
    if learned is None:
        return None
    arms = [arm.name for arm in content.arms]
    metric = Question((learned.metric,)).metrics[learned.metric]
    earlier = (
        run.campaign.runs.filter(pk__lt=run.pk)
        .exclude(state=Run.State.PLANNING)
        .order_by("-pk")[:MOST_RUNS]
    )
    tables = [_sums(one, learned.metric, arms) for one in earlier if not one.label]
    if not tables:
        return None
    n, total, squares = np.stack(tables, axis=1)  # (n_runs, n_arms) each
    seen = (
        bandit.of_counts(total, n)
        if metric.kind == "proportion"
        else bandit.of_sums(n, total, squares)
    )
    drawn = bandit.shares(
        seen, least=learned.least, rng=_rng(run), is_less_better=metric.is_less_better
    )
    control = planned_shares(content)[CONTROL]
    return {
        CONTROL: control,
        **dict(zip(arms, ((1 - control) * drawn).tolist(), strict=True)),
    }


def _sums(run: Run, metric: str, arms: list[str]) -> Array:
    """Customers, outcomes and squares of a run by arm."""  # (3, n_arms)
    content = read(run.version.content)
    split = dict(run.shares or planned_shares(content))
    window = Window(content.goal.window_days, DAYS_BEFORE, now())
    with gathered(
        assignments_of(run), Question((metric,)), window, split=split
    ) as evidence:
        found = {
            arm: values for arm, *values in evidence.connection.execute(SUMS).fetchall()
        }
    return np.array([found.get(arm, (0, 0.0, 0.0)) for arm in arms], dtype=np.float64).T


def _rng(run: Run) -> np.random.Generator:
    digest = hashlib.sha256(f"{run.version.salt} {run.key}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8]))
