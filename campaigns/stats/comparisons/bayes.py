"""A second view for those who ask "how likely is it better?" and "what do we risk?"."""

import math
from dataclasses import dataclass

from campaigns.stats.comparisons.means import Comparison
from campaigns.stats.normal import cumulative


@dataclass(frozen=True)
class Belief:
    """The effect after the data, normal: mean and deviation, with what follows for a
    decision.
    """

    mean: float
    deviation: float
    chance_to_beat: float  # that the treated arm is truly better
    risk_of_treating: float  # expected loss per unit if treated and truly worse
    risk_of_leaving: float  # expected loss per unit if left alone and truly better


def believe(
    comparison: Comparison,
    *,
    prior_mean: float = 0.0,
    prior_deviation: float = math.inf,
) -> Belief | None:
    """Combine a comparison with a normal prior of the effect; the default prior is
    flat. None without an interval.

    Conjugate normal update (Gelman et al., Bayesian Data Analysis, eq. 2.10); the risks
    are the normal's partial expectations E[max(-δ, 0)] and E[max(δ, 0)].
    """
    if comparison.difference is None or comparison.standard_error is None:
        return None
    weight_data, weight_prior = comparison.standard_error**-2, prior_deviation**-2
    deviation = (weight_data + weight_prior) ** -0.5
    mean = (
        weight_data * comparison.difference + weight_prior * prior_mean
    ) * deviation**2
    z = mean / deviation
    gain = mean * cumulative(z) + deviation * math.exp(-(z**2) / 2) / math.sqrt(
        2 * math.pi
    )
    return Belief(mean, deviation, cumulative(z), gain - mean, gain)
