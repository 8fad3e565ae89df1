import numpy as np
import pytest

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.bayes import believe
from campaigns.stats.comparisons.means import Comparison, compare_means


def seen(difference, standard_error):
    return Comparison(
        100, 100, 0.05, difference=difference, standard_error=standard_error
    )


def test_published_normal_update():
    """Two normals of equal weight meet halfway with half the variance (Gelman et al.,
    section 2.5).
    """
    belief = believe(seen(2.0, 1.0), prior_mean=0.0, prior_deviation=1.0)
    assert (belief.mean, belief.deviation**2) == pytest.approx((1.0, 0.5))


def test_risks_are_the_expected_losses_of_draws():
    belief = believe(seen(0.4, 0.5))
    draws = np.random.default_rng(1).normal(0.4, 0.5, 1_000_000)
    assert belief.chance_to_beat == pytest.approx((draws > 0).mean(), abs=2e-3)
    assert belief.risk_of_treating == pytest.approx(
        np.maximum(-draws, 0).mean(), abs=1e-3
    )
    assert belief.risk_of_leaving == pytest.approx(
        np.maximum(draws, 0).mean(), abs=1e-3
    )


def test_with_a_true_prior_beliefs_come_true_as_often_as_they_say():
    rng, said, was = np.random.default_rng(2), [], []
    for _ in range(2_000):
        effect = rng.normal(0, 0.3)
        control, treated = (
            Sample.of(rng.normal(0, 1, 60)),
            Sample.of(rng.normal(effect, 1, 60)),
        )
        said.append(
            believe(compare_means(control, treated), prior_deviation=0.3).chance_to_beat
        )
        was.append(effect > 0)
    sure = np.array(said) > 0.8
    assert np.mean(np.array(was)[sure]) == pytest.approx(
        np.mean(np.array(said)[sure]), abs=0.04
    )


def test_without_an_interval_nothing_is_believed():
    assert believe(Comparison(1, 1, 0.05)) is None
