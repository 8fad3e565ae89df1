import numpy as np
import pytest

from campaigns.stats.allocation.assignment import assign, is_within, positions
from campaigns.stats.srm import sample_ratio

IDS = [f"customer-{i}" for i in range(20_000)]


def test_assignment_is_the_same_for_life_whoever_else_is_there():
    alone = assign(["customer-7"], salt="spring", shares=[0.2, 0.8])
    assert alone.arms[0] == assign(IDS, salt="spring", shares=[0.2, 0.8]).arms[7]
    assert positions(["anna", "böla"], "spring") == pytest.approx(
        [0.23049, 0.88305], abs=1e-5
    )


def test_arms_get_their_shares_and_remember_their_propensity():
    given = assign(IDS, salt="spring", shares=[1, 2, 7])
    assert not sample_ratio(np.bincount(given.arms).tolist(), [1, 2, 7]).is_mismatch
    assert given.propensities == pytest.approx(np.array([0.1, 0.2, 0.7])[given.arms])


def test_experiments_are_independent_of_each_other():
    spring, summer = (
        assign(IDS, salt=salt, shares=[0.5, 0.5]).arms for salt in ("spring", "summer")
    )
    assert abs(np.corrcoef(spring, summer)[0, 1]) < 0.03


def test_an_arm_without_share_stays_empty():
    assert not (assign(IDS, salt="spring", shares=[0.5, 0, 0.5]).arms == 1).any()


def test_slices_of_a_layer_exclude_each_other():
    first = is_within(IDS, salt="layer", low=0.0, high=0.3)
    second = is_within(IDS, salt="layer", low=0.3, high=1.0)
    assert (first ^ second).all()


@pytest.mark.parametrize("shares", [[], [0, 0], [-1, 2], [float("nan"), 1]])
def test_shares_must_make_sense(shares):
    with pytest.raises(ValueError, match="arm shares"):
        assign(IDS[:1], salt="spring", shares=shares)
