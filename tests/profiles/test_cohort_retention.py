"""Retention: fixed denominators, censored cells hidden, the three readings by hand and
from the history.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles import history
from profiles.portraits.cohorts import BRACKETS, Reading, cohorts
from profiles.stats.cohorts import known_by, or_later, retention
from tests import factories as make

NOW = datetime(2024, 4, 1, tzinfo=UTC)


def test_the_denominator_is_the_whole_cohort_and_what_is_not_over_is_hidden():
    sizes, back = np.array([10, 4]), np.array([[10, 5, 2], [4, 1, 0]])
    found = retention(sizes, back, np.array([[True, True, True], [True, True, False]]))
    np.testing.assert_allclose(found.rates, [[1, 0.5, 0.2], [1, 0.25, np.nan]])
    np.testing.assert_allclose(found.overall, [1, 6 / 14, 0.2])
    assert found.n_overall.tolist() == [14, 14, 10]


def test_more_back_than_began_is_refused():
    with pytest.raises(ValueError, match="than began"):
        retention(np.array([1]), np.array([[2]]), np.array([[True]]))


def test_a_cell_is_known_when_its_period_is_over_for_the_last_member():
    known = known_by(np.array([0.0, 10.0]), np.array([5.0, 20.0]), now=20.0)
    assert known.tolist() == [[True, True], [True, False]]


@given(st.lists(st.lists(st.integers(0, 12), max_size=6), min_size=1, max_size=30))
def test_or_later_is_what_counting_one_by_one_gives(people):
    """Each person's periods; period 0 is the beginning itself."""
    n_periods = 5
    last = [max([0, *periods]) for periods in people]
    n_last = np.array(
        [
            [sum(one == k for one in last) for k in range(n_periods)]
            + [sum(one >= n_periods for one in last)]
        ]
    )
    expected = [sum(one >= k for one in last) for k in range(n_periods)]
    assert or_later(n_last)[0].tolist() == expected
    assert (np.diff(or_later(n_last)[0]) <= 0).all(), "who came back later came back"


@pytest.fixture
def shop(transactional_db, settings, tmp_path):
    """Anna began on 3 January and came on days 8 and 40; Bert on 20 January and never
    again; Carla in March.
    """
    settings.HISTORY_DIR = tmp_path / "history"
    settings.SHOP_TIME_ZONE = "UTC"
    began = {
        "anna": datetime(2024, 1, 3, tzinfo=UTC),
        "bert": datetime(2024, 1, 20, tzinfo=UTC),
        "carla": datetime(2024, 3, 25, tzinfo=UTC),
    }
    people = {
        name: make.make_customer(external_id=name, signed_up_at=None) for name in began
    }
    for name, at in began.items():
        make.make_event(people[name], at=at, item_id="i1")
    for days in (8.5, 8.6, 40):
        make.make_event(
            people["anna"], at=began["anna"] + timedelta(days=days), item_id="i1"
        )
    make.make_event(people["bert"], "view", began["bert"] + timedelta(days=9))
    history.refresh()
    return people


def test_weeks_after_the_first_purchase(shop):
    found = cohorts(Reading.EXACT, by="month", what="purchase", as_of=NOW)
    assert [(one.starts_on.isoformat(), one.n) for one in found.cohorts] == [
        ("2024-01-01", 2),
        ("2024-02-01", 0),
        ("2024-03-01", 1),
    ]
    january = found.retention.rates[0]
    assert january[:7].tolist() == [1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 0.0]
    assert np.isnan(january[8:]).all(), "1 February + nine weeks is not over"
    assert np.isnan(found.retention.rates[2]).all(), (
        "March is not over for who begins on its last day"
    )


def test_later_weeks_brackets_and_any_event(shop):
    def january(reading: Reading, what: str = "purchase"):
        return cohorts(reading, by="month", what=what, as_of=NOW).retention.rates[0]

    assert january(Reading.UNBOUNDED)[:8].tolist() == [
        1.0,
        0.5,
        0.5,
        0.5,
        0.5,
        0.5,
        0.0,
        0.0,
    ]
    by_bracket = dict(zip(BRACKETS, january(Reading.BRACKET), strict=True))
    known = {
        bracket: share for bracket, share in by_bracket.items() if not np.isnan(share)
    }
    assert known == {
        (0, 1): 1.0,
        (1, 7): 0.0,
        (7, 14): 0.5,
        (14, 28): 0.0,
        (28, 56): 0.5,
    }
    assert january(Reading.EXACT, what="")[1] == 1.0, "Bert looked at something"


def test_what_came_later_is_not_seen(shop):
    found = cohorts(
        Reading.EXACT,
        by="month",
        what="purchase",
        as_of=datetime(2024, 2, 10, tzinfo=UTC),
    )
    assert sum(one.n for one in found.cohorts) == 2
    assert found.retention.rates[0][0] == 1.0
    assert np.isnan(found.retention.rates[0][1]), (
        "who began on 31 January has not had her second week"
    )


def test_an_empty_history_has_no_cohorts(transactional_db, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    history.refresh()
    assert cohorts(Reading.EXACT, by="week", what="purchase", as_of=NOW).cohorts == []
