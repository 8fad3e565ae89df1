"""What a shop teaches its recommender, and what it must not know."""

from types import SimpleNamespace

import numpy as np
import pytest

from recommender.engines.base import Interactions
from recommender.engines.content import Content
from recommender.hybrid import fitting
from recommender.hybrid.candidates import Pool
from recommender.hybrid.cold_items import SETTINGS, learn_taste
from recommender.hybrid.evaluation import evaluate
from recommender.hybrid.explanations import reasons
from recommender.hybrid.lessons import Lesson, School
from recommender.hybrid.parts import Parts
from recommender.hybrid.repeats import RepeatCurve
from recommender.hybrid.weights import blended, judged, learn_weights
from recommender.hybrid.windows import choose_horizon
from recommender.matrices.modes import MODES
from recommender.privacy.models import _keepers
from recommender.training import engines
from tests.recommender.shops import N_KINDS, kinds, nobody_bought, one_basket, regulars


def silent(_words: str, _share: float) -> None:
    pass


@pytest.fixture(scope="module")
def shop() -> Interactions:
    return regulars()


@pytest.fixture(scope="module")
def learned(shop):
    return fitting.learn(shop, kinds(), engines(), seed=0, say=silent)


@pytest.fixture(scope="module")
def lesson(shop, learned):
    window = learned.windows[1]
    parts = Parts.fit(learned.recipes, window.past, kinds())
    return Pool.of(window, parts, RepeatCurve.of(window.past, 7.0))


@pytest.mark.parametrize("mode", MODES)
def test_the_blend_is_never_below_its_best_part_where_it_was_learned(lesson, mode):
    pool = lesson[mode]
    weights = learn_weights([pool])
    alone = [
        judged(pool, blended(pool, corner)).mean()
        for corner in np.eye(len(weights), dtype=np.float32)
    ]
    assert judged(pool, blended(pool, weights)).mean() >= max(alone) - 1e-6


@pytest.mark.parametrize("knows", [True, False])
def test_a_second_look_counts_only_where_it_wins(learned, monkeypatch, knows):
    window = learned.windows[1]
    school = School(
        [Lesson(window, Parts.fit(learned.recipes, window.past, kinds()), seed=0)],
        seed=0,
    )
    tuning = school.lessons[0].own_tuning["all"]
    bought = school.lessons[0].candidates("all", tuning).is_bought.ravel()
    # an opinion that knows it all, and one that is all wrong
    margin = bought if knows else -bought.astype(np.float32)
    look = SimpleNamespace(
        is_silent=False, margin=lambda _features: margin.astype(np.float32)
    )
    monkeypatch.setattr(school, "reranker", lambda *_: look)
    assert (school._share(0, "all", tuning) > 0) is knows


def test_regulars_are_understood(learned):
    measured = evaluate(learned.tested, learned.windows[0])
    assert measured["hybrid"]["all"].ndcg_at_10.mean() > 0.8
    assert (
        measured["hybrid"]["all"].ndcg_at_10.mean()
        >= 1.5 * measured["popularity"]["all"].ndcg_at_10.mean()
    )


def test_windows_never_overlap_and_the_past_ends_where_they_begin(learned):
    for window in learned.windows:
        assert window.ends == window.starts - learned.horizon
        assert len(window.past) < len(learned.windows[0].past) + 1
    starts = [window.starts for window in learned.windows]
    assert starts == sorted(starts)
    assert len(set(starts)) == len(starts)


def flooded(shop: Interactions, newest: float, oldest: float) -> Interactions:
    """The same shop, but item 39 is bought a hundred times more between two ages."""
    rng, n = np.random.default_rng(5), 100
    return Interactions.from_columns(
        shop.keys,
        shop.n_items,
        customer=np.r_[shop.customer, rng.integers(0, shop.n_customers, n)],
        item=np.r_[shop.item, np.full(n, 39)],
        age_days=np.r_[shop.age_days, rng.uniform(newest, oldest, n)],
    )


def test_what_happens_in_the_test_window_is_unknown_to_what_is_tested_on_it(shop):
    """A planted future must change nothing; the same plant in the past must, or this
    test would prove nothing.
    """
    plain = Interactions.from_columns(
        shop.keys,
        shop.n_items,
        customer=shop.customer,
        item=shop.item,
        age_days=shop.age_days,
    )
    horizon = choose_horizon(plain)
    honest, future, past = (
        fitting.learn(one, kinds(), engines(), seed=0, say=silent)
        for one in (
            plain,
            flooded(plain, 0.1, horizon - 0.1),
            flooded(plain, horizon + 0.1, 2 * horizon),
        )
    )
    asked = honest.windows[0].past
    lists = [one.tested.rank(asked, "all", 10) for one in (honest, future, past)]
    assert np.array_equal(lists[0].columns, lists[1].columns)
    assert np.array_equal(lists[0].scores, lists[1].scores)
    assert not np.array_equal(lists[0].scores, lists[2].scores)


def test_repeat_holds_only_what_she_had_and_discover_only_what_she_had_not(
    learned, shop
):
    owned = shop.owned().toarray() > 0
    for mode, is_owned in (("repeat", True), ("discover", False)):
        columns = learned.hybrid.rank(shop, mode, 8).columns
        rows, places = np.nonzero(columns >= 0)
        assert (owned[rows, columns[rows, places]] == is_owned).all()


def test_no_list_is_short_while_there_are_items(learned, shop):
    for histories in (shop, nobody_bought(), one_basket([3])):
        assert (learned.hybrid.rank(histories, "all", 10).columns >= 0).all()
        assert (learned.hybrid.rank(histories, "discover", 10).columns >= 0).all()
    assert (learned.hybrid.rank(nobody_bought(), "repeat", 10).columns == -1).all()


def test_items_that_may_not_be_shown_are_not(learned, shop):
    allowed = np.arange(40) < 12
    columns = learned.hybrid.rank(shop, "all", 20, allowed).columns
    assert set(np.unique(columns)) == {-1, *range(12)}


def test_scores_fall_and_no_item_stands_twice(learned, shop):
    ranked = learned.hybrid.rank(shop, "all", 10)
    assert (np.diff(ranked.scores, axis=1) <= 1e-6).all()
    assert (ranked.scores >= 0).all()
    assert all(len(set(row)) == 10 for row in ranked.columns.tolist())


def test_every_place_has_a_reason(learned, shop):
    part = shop.of(np.arange(6))
    scores = learned.hybrid.parts.scores(part)
    ranked = learned.hybrid.rank_chunk(part, MODES, 5, scores=scores)
    spoken = reasons(learned.hybrid, part, scores, ranked)
    for mode in MODES:
        assert [len(row) for row in spoken[mode]] == (ranked[mode].columns >= 0).sum(
            1
        ).tolist()
    assert {reason.kind for row in spoken["repeat"] for _, reason in row} == {"again"}


def test_without_the_item_that_a_reason_names_the_part_that_gave_it_scores_less(
    learned, shop
):
    engines_of = {engine.key: engine for engine in learned.hybrid.parts.engines}
    n_asked = 0
    for row in range(0, 60, 6):
        one = shop.of(np.array([row]))
        scores = learned.hybrid.parts.scores(one)
        ranked = learned.hybrid.rank_chunk(one, MODES, 8, scores=scores)
        for mode, spoken in reasons(learned.hybrid, one, scores, ranked).items():
            for column, (key, reason) in zip(
                ranked[mode].columns[0].tolist(), spoken[0], strict=False
            ):
                named = column if reason.kind == "again" else reason.item
                if named >= 0:
                    without = one.take(one.item != named)
                    before, after = (
                        engines_of[key].score(each)[0, column]
                        for each in (one, without)
                    )
                    assert after < before, (mode, key, reason)
                    n_asked += 1
    assert n_asked > 100


def test_a_lists_is_the_same_whoever_else_is_ranked(learned, shop):
    alone = learned.hybrid.rank(shop.of(np.array([17])), "all", 10).columns[0]
    assert learned.hybrid.rank(shop, "all", 10).columns[17].tolist() == alone.tolist()


def test_a_new_customer_gets_more_of_the_kind_that_she_began_with(learned):
    columns = learned.hybrid.rank(one_basket([0, 4, 8]), "discover", 5).columns[0]
    assert (columns % N_KINDS == 0).mean() >= 0.6


def test_how_new_items_are_ranked_is_learned_from_hidden_ones(learned, shop):
    how = learn_taste(learned.windows[1], kinds(), seed=0)
    assert how in SETTINGS
    assert how["taste"] > 0  # sales alone show everybody the same ten
    new = np.isin(np.arange(40), [0, 1, 2, 3])
    before = shop.take(~new[shop.item])
    content = Content(**how).fit(before, kinds())
    # each sees what is new of her kind
    assert (content.score(before)[:, new].argmax(1) == shop.keys % N_KINDS).all()


def test_every_part_that_compares_customers_forgets_a_person(learned):
    keepers = [
        one for engine in learned.hybrid.parts.engines for one in _keepers(engine)
    ]
    # look-alikes, and those of them whose liking counts for new items
    assert len(keepers) == 2
    assert all(one.holds(np.array([1000])) for one in keepers)


def test_a_shop_that_opened_yesterday_gets_a_list_all_the_same():
    young = one_basket([1, 2])
    learned = fitting.learn(young, kinds(), engines(), seed=0, say=silent)
    assert learned.tested is None
    assert (learned.hybrid.rank(young, "all", 10).columns >= 0).all()


def test_the_window_shrinks_until_most_of_the_past_is_left():
    long = regulars(days=300)
    short = regulars(days=40)
    assert choose_horizon(long) == 28
    assert choose_horizon(short) < 14
