import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigns.stats.comparisons.corrections import benjamini_hochberg, holm

# Benjamini and Hochberg 1995, section 4.1: thrombolysis, fifteen hypotheses
PUBLISHED = [
    *[
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
    ],
    1.0,
]


def test_published_table():
    assert (benjamini_hochberg(PUBLISHED) <= 0.05).sum() == 4
    assert (holm(PUBLISHED) <= 0.05).sum() == 3


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])


@given(some.lists(some.floats(0, 1), max_size=20))
def test_adjusting_keeps_the_order_and_never_lowers(p_values):
    given = np.array(p_values)
    for adjusted in (holm(given), benjamini_hochberg(given)):
        assert (adjusted >= given - 1e-15).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(given, kind="stable")]) >= 0).all()


def test_holm_keeps_the_chance_of_any_false_alarm():
    p_values = np.random.default_rng(1).random((4_000, 6))
    assert np.mean([(holm(row) < 0.05).any() for row in p_values]) < 0.06
    assert np.mean((p_values < 0.05).any(axis=1)) > 0.2
