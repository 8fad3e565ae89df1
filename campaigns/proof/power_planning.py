"""Before launch: the smallest effect that this audience and this split could show, from
the shop's own numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from campaigns.outcomes.analysis_rows import DAYS_BEFORE, gathered
from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.customer_outcomes import Window
from campaigns.outcomes.units import gather
from campaigns.proof.sufficient_statistics import summarise
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.cuped import coefficients
from campaigns.stats.comparisons.ratio import linearised
from campaigns.stats.experiment_spec import Metric
from campaigns.stats.forecasts.power import smallest_detectable_effect

EVERYBODY = "everybody"


@dataclass(frozen=True)
class Foresight:
    """One metric of one treated arm: what it was lately, and what change would be found
    four times in five.
    """

    metric: str
    arm: str
    n_control: int
    n_treated: int
    mean: float
    smallest: float | None
    # when each customer's own past is allowed for (CUPED)
    smallest_with_past: float | None

    @property
    def relative(self) -> float | None:
        return (
            self.smallest / self.mean
            if self.smallest is not None and self.mean
            else None
        )


WORTH_SEEING = 0.1  # of the metric: smaller changes are rarely worth a campaign
HOLDOUTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Suggestion:
    """The smallest control group that sees a change worth seeing, or half of all where
    none does.
    """

    holdout: float
    relative: float  # the change that it sees four times in five
    is_enough: bool


def suggest(
    seen: Foresight, *, worth_seeing: float = WORTH_SEEING
) -> Suggestion | None:
    """Suggest a holdout for one treated arm from what its own split could see; None
    where that is not known.
    """
    smallest = seen.smallest_with_past or seen.smallest
    if not smallest or not seen.mean or not min(seen.n_control, seen.n_treated):
        return None
    n, noise = seen.n_control + seen.n_treated, 1 / seen.n_control + 1 / seen.n_treated
    for holdout in HOLDOUTS:
        would_be = 1 / (holdout * n) + 1 / ((1 - holdout) * n)
        relative = abs(smallest * (would_be / noise) ** 0.5 / seen.mean)
        if relative <= worth_seeing:
            return Suggestion(holdout, relative, is_enough=True)
    return Suggestion(HOLDOUTS[-1], relative, is_enough=False)


def foresee(
    customers: NDArray[np.int64],
    split: Mapping[str, float],
    metrics: Sequence[str],
    *,
    days: int,
    as_of: datetime,
) -> list[Foresight]:
    """Say what an experiment could see. `split` maps arms to shares, control first;
    `customers` are primary keys.

    The last `days` before `as_of` stand for the campaign's window: same customers, same
    season.
    """
    if not len(customers):
        return []
    assigned_at = pa.array(
        [as_of - timedelta(days=days)] * len(customers), pa.timestamp("us", "UTC")
    )
    everybody = pa.table(
        {
            "customer": customers,
            "arm": [EVERYBODY] * len(customers),
            "assigned_at": assigned_at,
        }
    )
    window = Window(days, DAYS_BEFORE, as_of)
    with gathered(
        everybody, Question(tuple(metrics)), window, split={EVERYBODY: 1.0}
    ) as evidence:
        units = gather(evidence.connection, evidence.plan)
        samples = summarise(evidence.connection, evidence.plan, units)
    return [
        foresight
        for metric in units.metrics
        for foresight in _of_metric(metric, samples[metric, EVERYBODY], split)
    ]


def _of_metric(
    metric: Metric, sample: Sample, split: Mapping[str, float]
) -> list[Foresight]:
    if metric.kind == "ratio":
        try:
            sample = linearised(sample)
        except ValueError:
            return []
    control, *treated = split
    n_control = round(split[control] * sample.n)
    return [
        _foresight(metric.name, arm, sample, n_control, round(split[arm] * sample.n))
        for arm in treated
    ]


def _foresight(
    metric: str, arm: str, sample: Sample, n_control: int, n_treated: int
) -> Foresight:
    residual = sample.mapped(np.concatenate([[1.0], -coefficients(sample)])[None, :])
    return Foresight(
        metric=metric,
        arm=arm,
        n_control=n_control,
        n_treated=n_treated,
        mean=float(sample.means[0]),
        smallest=_smallest(sample.variance, n_control, n_treated),
        smallest_with_past=_smallest(residual.variance, n_control, n_treated),
    )


def _smallest(variance: float | None, n_control: int, n_treated: int) -> float | None:
    if not variance:
        return None
    return smallest_detectable_effect(
        variance, n_control=n_control, n_treated=n_treated
    )
