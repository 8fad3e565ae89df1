"""Buy till you die, against the published estimates and by recovering what customers
were made of.
"""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from recommender.stats.lifetimes import BuyTillYouDie, MoneyPerOrder
from recommender.stats.probabilities import auc

WEEKS_AHEAD = 39.0


@pytest.fixture(scope="module")
def cdnow() -> dict[str, np.ndarray]:
    with gzip.open(Path(__file__).parent / "data" / "cdnow.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def test_the_published_estimates_come_out(cdnow):
    found = BuyTillYouDie.fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (0.2426, 4.4136, 0.7930, 2.4261), abs=5e-4
    )
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    expected = found.expected(cdnow["x"], cdnow["t_x"], cdnow["T"], WEEKS_AHEAD)
    assert expected[0] == pytest.approx(1.226, abs=1e-3)  # customer 0001 of the paper
    assert np.abs(expected - cdnow["x_star"]).mean() == pytest.approx(0.785, abs=1e-3)
    assert np.corrcoef(expected, cdnow["x_star"])[0, 1] == pytest.approx(
        0.626, abs=1e-3
    )


def test_the_published_money_estimates_come_out(cdnow):
    is_repeater = cdnow["x"] > 0
    found = MoneyPerOrder.fit(cdnow["x"][is_repeater], cdnow["zbar"][is_repeater])
    assert (found.p, found.q, found.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)


def test_being_alive_is_no_measure_of_churn(cdnow):
    habits = cdnow["x"], cdnow["t_x"], cdnow["T"]
    found, came = BuyTillYouDie.fit(*habits), (cdnow["x_star"] > 0).astype(float)
    assert auc(came, found.alive(*habits)) < 0.35
    assert auc(came, found.buys(*habits, WEEKS_AHEAD)) > 0.75


def test_what_customers_were_made_of_is_found_again():
    dice, n, life = np.random.default_rng(4), 4000, 60.0
    rate, stops = dice.gamma(0.8, 1 / 6.0, n), dice.beta(1.2, 3.0, n)
    x, t_x = np.zeros(n), np.zeros(n)
    clock, is_alive = dice.exponential(1 / rate), np.ones(n, bool)
    while (goes_on := is_alive & (clock < life)).any():
        x[goes_on] += 1
        t_x[goes_on] = clock[goes_on]
        is_alive &= goes_on & (dice.random(n) > stops)
        clock = clock + dice.exponential(1 / rate)
    found = BuyTillYouDie.fit(x, t_x, np.full(n, life))
    assert found.r / found.alpha == pytest.approx(0.8 / 6.0, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(1.2 / 4.2, rel=0.15)


def test_habits_of_hundreds_of_purchases_are_finite():
    found = BuyTillYouDie(0.9, 3.0, 0.05, 4.0)
    x, t_x, t = (
        np.array([0.0, 1.0, 400.0, 5000.0]),
        np.array([0.0, 1.0, 365.0, 3640.0]),
        np.array([9.0, 365, 365, 3650]),
    )
    for said in (found.expected(x, t_x, t, 30.0), found.buys(x, t_x, t, 30.0)):
        assert np.isfinite(said).all()
        assert (said >= 0).all()
    assert found.expected(x, t_x, t, 30.0)[2] == pytest.approx(400 / 365 * 30, rel=0.05)


def test_few_orders_are_drawn_to_everybodys_mean():
    said = MoneyPerOrder(6.25, 3.74, 15.44).expected(
        np.array([1.0, 100.0]), np.array([100.0, 100.0])
    )
    assert said[0] < said[1] < 100
