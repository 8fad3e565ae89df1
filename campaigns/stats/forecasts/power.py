"""Before launch: what could this audience and this split see at all?"""

import math

from campaigns.stats.normal import cumulative, quantile, two_sided_quantile

USUAL_POWER = 0.8


def smallest_detectable_effect(
    variance: float,
    *,
    n_control: int,
    n_treated: int,
    alpha: float = 0.05,
    power: float = USUAL_POWER,
) -> float | None:
    """Give the true difference that is found with this power: (z₁₋α⸝₂ + z_power) · σ
    √(1/n₀ + 1/n).

    None when an arm is empty.
    """
    if min(n_control, n_treated) == 0:
        return None
    return detectable(
        _standard_error(variance, n_control, n_treated), alpha=alpha, power=power
    )


def detectable(
    standard_error: float, *, alpha: float = 0.05, power: float = USUAL_POWER
) -> float:
    """Give the true difference that an estimate with this standard error finds with
    this power.
    """
    return (two_sided_quantile(alpha) + quantile(power)) * standard_error


def power_of(
    effect: float,
    variance: float,
    *,
    n_control: int,
    n_treated: int,
    alpha: float = 0.05,
) -> float:
    """Give the chance that the two-sided test finds a true difference of this size, in
    either direction.
    """
    z, shift = (
        two_sided_quantile(alpha),
        effect / _standard_error(variance, n_control, n_treated),
    )
    return cumulative(shift - z) + cumulative(-shift - z)


def units_needed(
    effect: float,
    variance: float,
    *,
    share_treated: float = 0.5,
    alpha: float = 0.05,
    power: float = USUAL_POWER,
) -> int:
    """Give how many units both arms need together to find this difference."""
    z = two_sided_quantile(alpha) + quantile(power)
    return math.ceil(
        z**2 * variance / effect**2 * (1 / share_treated + 1 / (1 - share_treated))
    )


def _standard_error(variance: float, n_control: int, n_treated: int) -> float:
    return math.sqrt(variance / n_control + variance / n_treated)
