"""Non-inferiority: published intervals, and how often a guardrail is wrongly called
kept.
"""

import numpy as np
import pytest

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.guardrails import judge, newcombe, wilson
from campaigns.stats.comparisons.heterogeneity import same_everywhere
from campaigns.stats.comparisons.means import Comparison, Interval, compare_means


@pytest.mark.parametrize(
    ("k", "n", "k_control", "n_control", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
    ],
)
def test_differences_of_shares_are_those_of_the_paper(
    k, n, k_control, n_control, low, high
):
    found = newcombe(k, n, k_control, n_control)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_shares_are_those_of_the_paper(k, n, low, high):
    """Newcombe 1998, Statistics in Medicine 17, 857, table I, method 3."""
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_a_harm_as_large_as_the_margin_is_rarely_called_kept():
    rng, margin, n, kept = np.random.default_rng(5), 0.01, 4_000, 0
    for _ in range(1_000):
        control, treated = rng.binomial(n, 0.02), rng.binomial(n, 0.02 + margin)
        seen = Comparison(n, n, 0.05, treated / n, control / n, (treated - control) / n)
        kept += (
            judge(seen, None, margin=margin, is_less_better=True, is_share=True).state
            == "kept"
        )
    assert kept / 1_000 <= 0.035  # the upper end of a 95 % interval: one in forty


def test_for_what_should_be_large_less_is_the_harm():
    rng = np.random.default_rng(0)
    seen = compare_means(
        Sample.of(rng.normal(10, 1, 500)), Sample.of(rng.normal(9, 1, 500))
    )
    judged = judge(seen, None, margin=0.5, is_less_better=False, is_share=False)
    assert judged.state == "undecided"  # without an interval nothing is known
    ends = Interval(seen.difference, seen.low, seen.high)
    assert (
        judge(seen, ends, margin=0.5, is_less_better=False, is_share=False).state
        == "broken"
    )
    assert (
        judge(seen, ends, margin=2.0, is_less_better=False, is_share=False).state
        == "kept"
    )


def test_heterogeneity_is_cochrans_q():
    """By hand: weights 4, 1 and 1, weighted mean 3 / 6, Q = 4 (0.25) + 0.25 + 2.25 =
    3.5.
    """
    groups = [
        Comparison(9, 9, 0.05, difference=difference, standard_error=error)
        for difference, error in ((0.0, 0.5), (1.0, 1.0), (2.0, 1.0))
    ]
    found = same_everywhere(groups)
    assert found.q == pytest.approx(3.5)
    # chi-square with two degrees of freedom
    assert found.p == pytest.approx(np.exp(-3.5 / 2))
    assert same_everywhere(groups[:1]) is None


def test_equal_groups_are_called_different_as_often_as_promised():
    rng, found = np.random.default_rng(1), 0
    for _ in range(600):
        groups = [
            Comparison(9, 9, 0.05, difference=rng.normal(0.3, 0.2), standard_error=0.2)
            for _ in range(5)
        ]
        found += same_everywhere(groups).p < 0.05
    assert found / 600 == pytest.approx(0.05, abs=0.025)
