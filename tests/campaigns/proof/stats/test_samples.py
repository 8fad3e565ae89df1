import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigns.stats.arm_statistics import Sample

values = some.lists(some.floats(-1e6, 1e6), max_size=30)


@given(values, values)
def test_two_samples_add_up_to_the_sample_of_both(first, second):
    whole, parts = Sample.of(first + second), Sample.of(first) + Sample.of(second)
    assert parts.n == whole.n
    assert parts.means == pytest.approx(whole.means, rel=1e-9, abs=1e-6)
    assert parts.scatter == pytest.approx(whole.scatter, rel=1e-9, abs=1e-3)


def test_sums_shifted_by_about_the_mean_keep_the_digits_of_a_small_spread():
    values = 1e9 + np.random.default_rng(1).normal(0, 1, 10_000)
    shifted = values - 1e9
    sample = Sample.from_sums(
        len(values), [shifted.sum()], [[(shifted**2).sum()]], [1e9]
    )
    assert sample.variance == pytest.approx(values.var(ddof=1), rel=1e-9)


def test_too_little_data_has_no_variance_and_a_constant_none_to_speak_of():
    assert Sample.of([]).mean is None
    assert Sample.of([3.0]).variance is None
    assert Sample.of([0.1] * 7).variance == 0


def test_missing_values_are_refused_by_number():
    with pytest.raises(ValueError, match="2 units have a missing or infinite value"):
        Sample.of([1.0, float("nan"), 3.0], [1.0, 2.0, float("inf")])


def test_mapping_a_sample_is_mapping_its_rows():
    rows = np.random.default_rng(2).normal(size=(3, 50))
    matrix, offset = np.array([[1.0, -0.5, 2.0]]), np.array([7.0])
    mapped, direct = (
        Sample.of(*rows).mapped(matrix, offset),
        Sample.of((matrix @ rows)[0] + 7),
    )
    assert mapped.means == pytest.approx(direct.means)
    assert mapped.scatter == pytest.approx(direct.scatter)
