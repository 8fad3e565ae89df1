"""The difference of two means; a proportion is the mean of zeros and ones."""

import math
from dataclasses import dataclass, replace

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.normal import two_sided_p, two_sided_quantile

# per arm; below, the normal interval of a mean promises more than it keeps
FEWEST_UNITS = 30


@dataclass(frozen=True)
class Interval:
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Say how a treated arm differs from control. None where nothing can be known;
    `why_not` then says why.
    """

    n: int
    n_control: int
    alpha: float
    mean: float | None = None
    mean_control: float | None = None
    difference: float | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    why_not: str = ""

    def numbers(self) -> dict[str, float | None]:
        """Give what every report shows of it, by name."""
        return {
            "n": self.n,
            "n_control": self.n_control,
            "mean": self.mean,
            "mean_control": self.mean_control,
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
            "p": self.p,
        }

    def undecided(self, why_not: str) -> "Comparison":
        return replace(
            self, standard_error=None, low=None, high=None, p=None, why_not=why_not
        )


def compare_means(control: Sample, treated: Sample, alpha: float = 0.05) -> Comparison:
    """Compare the first columns of two samples: Welch (1947), variance over n - 1,
    normal quantile, two-sided.
    """
    if not (control.is_finite and treated.is_finite):
        return Comparison(
            treated.n, control.n, alpha, why_not="values are too large to be squared"
        )
    bare = Comparison(treated.n, control.n, alpha, treated.mean, control.mean)
    if treated.mean is None or control.mean is None:
        return bare.undecided("an arm has no unit with a value")
    bare = replace(bare, difference=treated.mean - control.mean)
    if treated.variance is None or control.variance is None:
        return bare.undecided("an arm has a single unit")
    standard_error = math.sqrt(
        treated.variance / treated.n + control.variance / control.n
    )
    if standard_error == 0:
        return bare.undecided("within each arm every unit has the same value")
    return _with_interval(bare, standard_error)


def _with_interval(bare: Comparison, standard_error: float) -> Comparison:
    difference = bare.difference or 0.0
    reach = two_sided_quantile(bare.alpha) * standard_error
    p = two_sided_p(difference / standard_error)
    return replace(
        bare,
        standard_error=standard_error,
        low=difference - reach,
        high=difference + reach,
        p=p,
    )
