"""What gbstats answers about two arms, each as (units, sums, cross products) of
outcome, denominator and covariate.
"""

from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig
from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.models.statistics import (
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from gbstats.utils import check_srm as check_srm


def _mean(arm, column=0):
    n, total, products = arm
    return SampleMeanStatistic(
        n=n, sum=total[column], sum_squares=products[column][column]
    )


def _ratio(arm):
    parts = {"m_statistic": _mean(arm, 0), "d_statistic": _mean(arm, 1)}
    return RatioStatistic(n=arm[0], m_d_sum_of_products=arm[2][0][1], **parts)


def _adjusted(arm, theta=0.0):
    parts = {"post_statistic": _mean(arm, 0), "pre_statistic": _mean(arm, 2)}
    return RegressionAdjustedStatistic(
        n=arm[0], post_pre_sum_of_products=arm[2][0][2], theta=theta, **parts
    )


def _compared(control, treated, alpha, difference_type="absolute"):
    config = FrequentistConfig(alpha=alpha, difference_type=difference_type)
    return TwoSidedTTest(control, treated, config).compute_result()


def means(control, treated, alpha, difference_type="absolute"):
    return _compared(_mean(control), _mean(treated), alpha, difference_type)


def ratios(control, treated, alpha):
    return _compared(_ratio(control), _ratio(treated), alpha)


def cuped(control, treated, alpha):
    theta = compute_theta(_adjusted(control), _adjusted(treated))
    return _compared(_adjusted(control, theta), _adjusted(treated, theta), alpha)


def sequential(control, treated, alpha):
    config = SequentialConfig(alpha=alpha, difference_type="absolute")
    return SequentialTwoSidedTTest(
        _mean(control), _mean(treated), config
    ).compute_result()


def belief(control, treated):
    """Its default prior is flat."""
    config = EffectBayesianConfig(difference_type="absolute")
    return EffectBayesianABTest(_mean(control), _mean(treated), config).compute_result()
