"""Rules around a ranking, each told by what a shop would see."""

from collections import Counter

import numpy as np
import pytest

from recommender import exploration
from recommender.engines.base import Interactions
from recommender.hybrid import ranking_rules
from recommender.serving import Recommended

PHONE, BREAD, CASE = 0, 1, 2
CATEGORY = np.array([PHONE, PHONE, BREAD, BREAD, CASE, -1], np.int32)


def shop(n: int = 60) -> Interactions:
    """Everybody bought one phone long ago and bread every week; three bought a second
    phone after 200 days.
    """
    who, item, age, order = [], [], [], []
    for one in range(n):
        who, item, age, order = (
            [*who, one],
            [*item, one % 2],
            [*age, 300.0],
            [*order, 0],
        )
        if one < 3:
            who, item, age, order = [*who, one], [*item, 0], [*age, 100.0], [*order, 1]
        for week in range(1, 30):
            who, item, age, order = (
                [*who, one],
                [*item, 2 + week % 2],
                [*age, 7.0 * week],
                [*order, 100 + week],
            )
    return Interactions.from_columns(
        np.arange(n), 6, customer=who, item=item, age_days=age, order=order
    )


def someone(*lines: tuple[int, float]) -> Interactions:
    return Interactions.from_columns(
        [1],
        6,
        customer=[0] * len(lines),
        item=[item for item, _ in lines],
        age_days=[age for _, age in lines],
    )


def test_what_is_bought_to_last_is_told_from_what_is_bought_again():
    found = ranking_rules.intervals(shop(), CATEGORY)
    assert found[PHONE] >= ranking_rules.WATCHED_DAYS
    assert found[BREAD] == 0


def test_what_hardly_anybody_buys_again_stays_shut_as_long_as_it_was_watched():
    """Three of sixty came again after 200 days of 300: too few for a pause to be told,
    but not a reason to be hasty.
    """
    assert ranking_rules.intervals(shop(), CATEGORY)[PHONE] == 180
    lines = [
        (one, one % 2, age)
        for one in range(120)
        for age in ([800.0, 650.0] if one < 40 else [800.0])
    ]
    who, item, age = zip(*lines, strict=True)
    some = Interactions.from_columns(
        np.arange(120),
        6,
        customer=who,
        item=item,
        age_days=age,
        order=range(len(lines)),
    )
    # a third came again, all after 150 days
    assert ranking_rules.intervals(some, CATEGORY)[PHONE] == 150


def test_little_evidence_bars_nothing():
    assert ranking_rules.intervals(
        shop(ranking_rules.EVIDENCE - 1), CATEGORY
    ).tolist() == [0, 0, 0]
    assert ranking_rules.intervals(someone(), CATEGORY).tolist() == [0, 0, 0]
    assert len(ranking_rules.intervals(shop(), np.full(6, -1, np.int32))) == 0


def test_a_phone_yields_accessories_and_no_second_phone_until_its_time():
    interval = np.array([120.0, 0.0, 0.0], np.float32)
    assert (
        ranking_rules.too_soon(someone((0, 30.0), (2, 1.0)), CATEGORY, interval)[
            0
        ].tolist()
        == [True, True] + [False] * 4
    )
    assert not ranking_rules.too_soon(someone((0, 121.0)), CATEGORY, interval).any()
    assert not ranking_rules.too_soon(someone((5, 1.0)), CATEGORY, interval).any()
    assert not ranking_rules.too_soon(
        someone((0, 1.0)), CATEGORY, np.zeros(0, np.float32)
    ).any()


def test_diversity_puts_what_is_too_many_behind_and_makes_no_list_shorter():
    columns = np.array([[0, 1, 2, 4, 3, 5], [2, 3, -1, -1, -1, -1]])
    by = ranking_rules.at_most_of_a_kind(columns, CATEGORY, 1, 6)
    shown = np.take_along_axis(columns, by, 1)
    assert shown[0].tolist() == [0, 2, 4, 5, 1, 3]
    assert shown[1].tolist() == [2, 3, -1, -1, -1, -1]
    assert ranking_rules.at_most_of_a_kind(columns, CATEGORY, 0, 4)[0].tolist() == [
        0,
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(("share", "first"), [(0.0, 0), (0.3, 0), (0.9, 4)])
def test_margin_counts_as_much_as_it_is_told_to(share, first):
    columns, scores = (
        np.array([[0, 2, 4, -1]]),
        np.array([[3.0, 2.0, 1.0, 0.0]], np.float32),
    )
    margin = np.array([0.1, np.nan, 0.1, np.nan, 5.0, 0.0])
    shown, lifted = ranking_rules.by_margin(columns, scores, margin, share)
    assert shown[0, 0] == first
    assert shown[0, -1] == -1
    assert (lifted >= 0).all()
    assert sorted(lifted[0, :3].tolist(), reverse=True) == lifted[0, :3].tolist()


def test_the_chances_said_are_those_that_lists_are_drawn_with():
    ranked = [Recommended(f"i{place}", 1.0 - place, "", "") for place in range(9)]
    drawn = [exploration.cut(ranked, 4, 0.3, (seed, 1)) for seed in range(2_000)]
    last = Counter((shown[3].item_id, round(shown[3].propensity, 3)) for shown in drawn)
    assert set(last) == {("i3", 0.7), *((f"i{place}", 0.06) for place in range(4, 9))}
    assert all(abs(n / 2_000 - chance) < 0.04 for (_item, chance), n in last.items())
    assert exploration.cut(ranked[:4], 4, 0.3, (1,)) == ranked[:4], (
        "nothing else is there to try"
    )
    assert exploration.cut(ranked, 4, 0.0, (1,)) == ranked[:4]
    assert exploration.cut([], 4, 0.3, (1,)) == []
