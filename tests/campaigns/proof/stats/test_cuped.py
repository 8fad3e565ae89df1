import numpy as np
import pytest

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.cuped import (
    coefficients,
    compare_adjusted,
    compare_interacted,
)


def spend(rng, n, *, effect=0.0, correlation=0.8, n_covariates=1):
    """Spend after, and spend before in so many covariates, with the given correlation."""
    before = rng.normal(size=(n_covariates, n))
    noise = rng.normal(size=n)
    after = (
        correlation * before.sum(axis=0) / np.sqrt(n_covariates)
        + np.sqrt(1 - correlation**2) * noise
    )
    return Sample.of(10 + after + effect, *before)


@pytest.mark.parametrize("correlation", [0.3, 0.6, 0.9])
def test_variance_falls_by_the_square_of_the_correlation(correlation):
    rng = np.random.default_rng(1)
    arms = [spend(rng, 40_000, correlation=correlation, n_covariates=k) for k in (1, 1)]
    assert compare_adjusted(*arms).variance_reduction == pytest.approx(
        correlation**2, abs=0.01
    )


def test_several_covariates_are_one_regression():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(3, 500))
    after = 3 * rows[0] - 2 * rows[1] + rng.normal(size=500)
    expected = np.linalg.lstsq(
        np.column_stack([np.ones(500), *rows]), after, rcond=None
    )[0][1:]
    assert coefficients(Sample.of(after, *rows)) == pytest.approx(expected)


@pytest.mark.parametrize("compare", [compare_adjusted, compare_interacted])
def test_the_effect_stays_and_its_interval_covers_as_often_as_it_says(compare):
    rng = np.random.default_rng(3)
    seen = [
        compare(
            spend(rng, 150, n_covariates=2), spend(rng, 250, effect=0.3, n_covariates=2)
        ).comparison
        for _ in range(1_000)
    ]
    assert np.mean([one.difference for one in seen]) == pytest.approx(0.3, abs=0.01)
    assert 0.93 < np.mean([one.low < 0.3 < one.high for one in seen]) < 0.97


def test_a_repeated_or_constant_covariate_changes_nothing():
    rng = np.random.default_rng(4)
    before, after = rng.normal(size=(2, 2, 300))
    plain = compare_adjusted(
        *(Sample.of(a + b, b) for a, b in zip(after, before, strict=True))
    )
    padded = compare_adjusted(
        *(
            Sample.of(a + b, b, 2 * b, np.full(300, 5.0))
            for a, b in zip(after, before, strict=True)
        )
    )
    assert padded.comparison.difference == pytest.approx(plain.comparison.difference)
    assert padded.variance_reduction == pytest.approx(plain.variance_reduction)
