"""Ask gbstats 0.8.0, the open statistics engine of GrowthBook, for answers to compare ours with.

gbstats pins numpy below 2, so it can't stand in requirements.txt beside our own. Its answers are kept in
gbstats_oracle.json. To ask again: `pip install --no-deps gbstats==0.8.0`, then run this file.
"""

import json
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).with_suffix(".json")
N_CASES = 60


def arm(rng, lift):
    """One arm as sums: outcome y, denominator d, covariate x. Sizes, shares and tails vary from case to case."""
    n = int(rng.integers(40, 60_000))
    x = rng.gamma(rng.uniform(0.3, 3), rng.uniform(1, 40), n)
    d = rng.poisson(rng.uniform(0.5, 4), n) + 1.0
    y = (rng.random(n) < 0.3) * rng.gamma(0.7, 20 * (1 + lift), n) * d + rng.uniform(0, 0.5) * x
    columns = np.stack([y, d, x])
    return {"n": n, "sums": columns.sum(axis=1).tolist(), "products": (columns @ columns.T).tolist()}


def ask(control, treated, alpha):
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

    def of(one, i):
        return SampleMeanStatistic(n=one["n"], sum=one["sums"][i], sum_squares=one["products"][i][i])

    def ratio(one):
        return RatioStatistic(
            n=one["n"], m_statistic=of(one, 0), d_statistic=of(one, 1), m_d_sum_of_products=one["products"][0][1]
        )

    def adjusted(one, theta=0.0):
        return RegressionAdjustedStatistic(
            n=one["n"],
            post_statistic=of(one, 0),
            pre_statistic=of(one, 2),
            post_pre_sum_of_products=one["products"][0][2],
            theta=theta,
        )

    def answer(a, b, difference_type="absolute"):
        result = TwoSidedTTest(a, b, FrequentistConfig(alpha=alpha, difference_type=difference_type)).compute_result()
        return {"expected": result.expected, "stddev": result.uplift.stddev, "ci": list(result.ci)}

    theta = compute_theta(adjusted(control), adjusted(treated))
    config = SequentialConfig(alpha=alpha, difference_type="absolute")
    sequential = SequentialTwoSidedTTest(of(control, 0), of(treated, 0), config).compute_result()
    return {
        "mean": answer(of(control, 0), of(treated, 0)),
        "relative": answer(of(control, 0), of(treated, 0), "relative"),
        "ratio": answer(ratio(control), ratio(treated)),
        "cuped": answer(adjusted(control, theta), adjusted(treated, theta)),
        "sequential": {"ci": list(sequential.ci), "p": sequential.p_value},
    }


def cases():
    rng = np.random.default_rng(20240601)
    for _ in range(N_CASES):
        lift, alpha = rng.uniform(-0.2, 0.3), float(rng.choice([0.01, 0.05, 0.1]))
        control, treated = arm(rng, 0.0), arm(rng, lift)
        yield {"alpha": alpha, "control": control, "treated": treated}


if __name__ == "__main__":
    asked = [case | {"gbstats": ask(**case)} for case in cases()]
    ANSWERS.write_text(json.dumps(asked) + "\n")
