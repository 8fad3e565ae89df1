import numpy as np
import pytest

from campaigns.stats.comparisons.winsorise import winsorise


def test_published_example():
    """The usual textbook list of twenty: its 5 % winsorised mean is 55.65."""
    values = [
        92,
        19,
        101,
        58,
        1053,
        91,
        26,
        78,
        10,
        13,
        -40,
        101,
        86,
        85,
        15,
        89,
        89,
        28,
        -5,
        41,
    ]
    clipped = winsorise(values, low=0.05, high=0.95)
    assert clipped.values.mean() == pytest.approx(55.65)
    assert (clipped.low, clipped.high, clipped.n_changed) == (-5, 101, 2)


def test_one_huge_order_no_longer_decides():
    spend = np.append(np.random.default_rng(1).gamma(1, 20, 999), 1e7)
    assert winsorise(spend).values.mean() < 30
    assert winsorise([]).values.size == 0


def test_quantiles_must_rise():
    with pytest.raises(ValueError, match="must rise"):
        winsorise([1.0], low=0.9, high=0.1)
