import numpy as np
import pytest

from campaigns.stats.srm import same_share, sample_ratio


def test_mendels_peas():
    """315 : 108 : 101 : 32 against 9 : 3 : 3 : 1 has chi-square 0.470, p 0.925 (Mendel
    1866, Fisher 1936).
    """
    peas = sample_ratio([315, 108, 101, 32], [9, 3, 3, 1])
    assert (peas.chi_square, peas.p) == pytest.approx((0.470, 0.925), abs=1e-3)


def test_a_planted_75_25_split_of_an_equal_test_alarms():
    assert sample_ratio([750, 250], [0.5, 0.5]).is_mismatch
    assert 0 < sample_ratio([7_500_000, 2_500_000], [0.5, 0.5]).p < 1e-300


def test_units_in_an_arm_that_was_never_planned_alarm():
    assert sample_ratio([500, 500, 3], [0.5, 0.5, 0.0]).p == 0


def test_honest_splits_alarm_once_in_a_thousand():
    rng = np.random.default_rng(1)
    alarms = sum(
        sample_ratio([n, 2_000 - n], [0.3, 0.7]).is_mismatch
        for n in rng.binomial(2_000, 0.3, 20_000)
    )
    assert alarms / 20_000 < 0.002


@pytest.mark.parametrize(("counts", "shares"), [([10], [1.0]), ([0, 0], [0.5, 0.5])])
def test_nothing_to_compare_gives_no_number(counts, shares):
    assert sample_ratio(counts, shares).p is None


def test_equal_losses_pass_and_unequal_losses_alarm():
    assert same_share([50, 55], [1_000, 1_000]) > 0.1
    assert same_share([50, 150], [1_000, 1_000]) < 1e-6
    assert same_share([0, 0], [1_000, 1_000]) is None
