"""Groups are found where there are some, come back, and are not found in noise."""

import numpy as np
import pytest

from profiles.stats import clustering

# Ruspini (1970), "Numerical methods for fuzzy clustering", table 1: 75 points in four
# clusters that every textbook on clustering draws (Kaufman and Rousseeuw, 1990).
RUSPINI = """
4,53 5,63 10,59 9,77 13,49 13,69 12,88 15,75 18,61 19,65 22,74 27,72 28,76 24,58 27,55
28,60 30,52 31,60 32,61 36,72 28,147 32,149 35,153 33,154 38,151 41,150 38,145 38,143
32,143 34,141 44,156 44,149 44,143 46,142 47,149 49,152 50,142 53,144 52,152 55,155
54,124 60,136 63,139 86,132 85,115 85,96 78,94 74,96 97,122 98,116 98,124 99,119 99,128
101,115 108,111 110,111 108,116 111,126 115,117 117,115 70,4 77,12 83,21 61,15 69,15
78,16 66,18 58,13 64,20 69,21 66,23 61,25 76,27 72,31 64,30
"""


def standardised(points: np.ndarray) -> np.ndarray:
    return (points - points.mean(0)) / points.std(0)


@pytest.fixture
def ruspini() -> np.ndarray:
    return np.array([one.split(",") for one in RUSPINI.split()], float)


def test_ruspinis_points_are_four_groups_of_their_published_sizes(ruspini):
    found = clustering.choose(
        standardised(ruspini), range(2, 8), np.random.default_rng(1)
    )
    labels = clustering.nearest(standardised(ruspini), found.centres)
    assert (found.k, len(ruspini)) == (4, 75)
    assert sorted(np.bincount(labels)) == [15, 17, 20, 23]
    assert found.is_stable


def test_groups_that_are_there_are_recovered():
    rng = np.random.default_rng(2)
    centres = np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5], [5, 5, 5]], float)
    truth = rng.integers(0, len(centres), 1_500)
    points = centres[truth] + rng.normal(0, 0.5, (len(truth), 3))
    found = clustering.choose(points, range(3, 9), rng)
    assert (found.k, found.is_stable) == (5, True)
    nearest_truth = clustering.nearest(found.centres, centres)
    assert sorted(nearest_truth) == [0, 1, 2, 3, 4]
    assert np.abs(found.centres - centres[nearest_truth]).max() < 0.15
    assert (
        nearest_truth[clustering.nearest(points, found.centres)] == truth
    ).mean() > (0.99)


def test_noise_has_no_groups_that_come_back():
    stable = [
        clustering.choose(
            np.random.default_rng(seed).normal(size=(600, 3)),
            range(3, 9),
            np.random.default_rng(seed),
        ).is_stable
        for seed in range(6)
    ]
    assert not any(stable)


def test_a_group_keeps_its_number_when_it_moves_a_little():
    old = np.array([[0.0, 0], [5, 5], [9, 0]])
    new = np.array([[8.9, 0.1], [30, 30], [0.1, 0], [5.1, 5]])
    order = clustering.keep_numbers(old, new)
    assert order.tolist() == [2, 3, 0, 1]
