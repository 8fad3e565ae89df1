import numpy as np
import pytest

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.forecasts.power import (
    power_of,
    smallest_detectable_effect,
    units_needed,
)


@pytest.mark.parametrize(("d", "per_arm"), [(0.2, 393), (0.5, 63), (0.8, 25)])
def test_published_sample_sizes(d, per_arm):
    """Cohen 1988, table 2.4.1 (393, 64, 26 with Student's t); the normal quantile needs
    at most one unit less.
    """
    assert -(-units_needed(d, 1.0) // 2) == per_arm


def test_the_smallest_detectable_effect_is_found_with_the_power_asked_for():
    effect = smallest_detectable_effect(4.0, n_control=300, n_treated=1_200, power=0.9)
    assert power_of(effect, 4.0, n_control=300, n_treated=1_200) == pytest.approx(
        0.9, abs=1e-4
    )


def test_power_is_what_simulations_find():
    rng, found = np.random.default_rng(1), 0
    for _ in range(1_000):
        control, treated = rng.normal(50, 10, 300), rng.normal(52, 10, 600)
        found += compare_means(Sample.of(control), Sample.of(treated)).p < 0.05
    assert found / 1_000 == pytest.approx(
        power_of(2.0, 100.0, n_control=300, n_treated=600), abs=0.03
    )


def test_an_empty_arm_sees_nothing():
    assert smallest_detectable_effect(1.0, n_control=0, n_treated=10) is None
