"""What every engine promises, and what each is for."""

import numpy as np
import pytest

from recommender.engines.als import Als
from recommender.engines.base import Interactions, NotFitted
from recommender.engines.content import Content, nearest
from recommender.engines.ease import Ease
from recommender.engines.item_knn import ItemKNN
from recommender.engines.look_alike import LookAlike
from recommender.engines.personal import Personal
from recommender.engines.popularity import Popularity
from retention_site.lib import registry
from tests.recommender.shops import N_KINDS, kinds, nobody_bought, one_basket, regulars

VARIANTS = [
    pytest.param(engine, settings, id=f"{key}-{number}")
    for key, engine in {**registry.everything("engines"), Als.key: Als}.items()
    for number, settings in enumerate(engine.variants)
]


@pytest.fixture(scope="module")
def shop() -> Interactions:
    return regulars()


@pytest.mark.parametrize(("engine", "settings"), VARIANTS)
class TestContract:
    def test_an_unfitted_engine_refuses(self, engine, settings, shop):
        with pytest.raises(NotFitted, match="run learn"):
            engine(**settings).score(shop)

    def test_every_customer_gets_a_finite_score_for_every_item(
        self, engine, settings, shop
    ):
        scores = engine(**settings).fit(shop, kinds()).score(shop)
        assert scores.shape == (shop.n_customers, shop.n_items)
        assert np.isfinite(scores).all()

    def test_customers_never_seen_are_scored_too(self, engine, settings, shop):
        scores = engine(**settings).fit(shop, kinds()).score(nobody_bought())
        assert np.isfinite(scores).all()

    def test_a_shop_without_a_single_purchase_can_be_learned(self, engine, settings):
        scores = engine(**settings).fit(nobody_bought(), kinds()).score(nobody_bought())
        assert scores.shape == (2, 40)
        assert np.isfinite(scores).all()

    def test_a_shop_with_one_item_can_be_learned(self, engine, settings):
        single = one_basket([0], n_items=1)
        assert engine(**settings).fit(single, kinds(1)).score(single).shape == (1, 1)

    def test_the_same_shop_gives_the_same_scores(self, engine, settings, shop):
        first, second = (
            engine(**settings).fit(shop, kinds()).score(shop) for _ in range(2)
        )
        assert np.array_equal(first, second)

    def test_a_customers_scores_do_not_depend_on_her_neighbours_in_the_table(
        self, engine, settings, shop
    ):
        fitted = engine(**settings).fit(shop, kinds())
        alone = fitted.score(shop.of(np.array([5])))
        assert np.allclose(fitted.score(shop)[5], alone[0], atol=1e-5)

    def test_each_pair_asked_for_gets_one_answer(self, engine, settings, shop):
        rows, columns = np.array([0, 0, 3]), np.array([1, 0, 7])
        assert (
            len(engine(**settings).fit(shop, kinds()).reasons(shop, rows, columns)) == 3
        )


def test_personal_counts_what_the_customer_bought_and_says_so(shop):
    engine = Personal().fit(shop, kinds())
    favourite = int(engine.score(shop)[0].argmax())
    (reason,) = engine.reasons(shop, np.array([0]), np.array([favourite]))
    assert reason.kind == "again"
    assert reason.n == int(shop.counts().toarray()[0, favourite])
    assert reason.days == int(
        shop.age_days[(shop.customer == 0) & (shop.item == favourite)].min()
    )


def test_popularity_forgets_what_sold_long_ago():
    sold = Interactions.from_columns(
        [1], 2, customer=[0] * 5, item=[0, 0, 0, 1, 1], age_days=[300, 300, 300, 1, 1]
    )
    assert Popularity(half_life=30).fit(sold, kinds(2)).score(sold)[0].argmax() == 1
    assert Popularity(half_life=np.inf).fit(sold, kinds(2)).score(sold)[0].argmax() == 0


@pytest.mark.parametrize(
    "engine", [Ease(half_life=180, ridge=10), ItemKNN(), ItemKNN("cosine", fade=0.8)]
)
def test_engines_of_items_recommend_within_the_customers_kind(engine, shop):
    scores = engine.fit(shop, kinds()).score(one_basket([0, 4]))
    scores[0, [0, 4]] = -np.inf
    assert scores[0].argmax() % N_KINDS == 0


@pytest.mark.parametrize(
    "engine", [Ease(half_life=180, ridge=10), ItemKNN("cosine", fade=0.8)]
)
def test_without_the_item_named_as_the_reason_the_score_is_lower(engine, shop):
    history = one_basket([0, 4, 9])
    engine.fit(shop, kinds())
    scores = engine.score(history)
    column = int(
        np.where(np.isin(np.arange(40), [0, 4, 9]), -np.inf, scores[0]).argmax()
    )
    (reason,) = engine.reasons(history, np.array([0]), np.array([column]))
    without = history.take(history.item != reason.item)
    assert engine.score(without)[0, column] < scores[0, column]


def test_ease_solves_its_closed_form(shop):
    engine = Ease(half_life=None, ridge=5.0).fit(shop, kinds())
    x = shop.owned().toarray()[:, engine.columns_]
    inverse = np.linalg.inv(x.T @ x + 5 * np.eye(x.shape[1]))
    expected = inverse / -np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert np.allclose(engine.weights_, expected, atol=1e-4)


def test_directed_neighbours_know_what_comes_after_what():
    """Everyone buys item 0 and, an order later, item 1; never the other way round."""
    n = 50
    bought = Interactions.from_columns(
        np.arange(n),
        3,
        customer=np.repeat(np.arange(n), 2),
        item=[0, 1] * n,
        age_days=[9, 2] * n,
        order=[1, 2] * n,
    )
    links = ItemKNN("directed", fade=0.8).fit(bought, kinds(3)).links_.toarray()
    assert links[0, 1] > links[1, 0]


def test_a_customer_is_not_her_own_look_alike(shop):
    engine = LookAlike(own=0.0).fit(shop, kinds())
    nearest_to_first = engine._nearest(
        shop.of(np.array([0])).counts(90), shop.keys[:1]
    ).toarray()
    assert nearest_to_first[0, 0] == 0
    assert nearest_to_first.sum() == pytest.approx(1)


def test_look_alikes_bring_what_others_of_the_kind_buy(shop):
    scores = LookAlike(own=0.0).fit(shop, kinds()).score(one_basket([0, 4, 8]))
    assert scores[0].argmax() % N_KINDS == 0


def test_a_new_item_takes_the_sales_of_those_that_mean_the_same(shop):
    new = 3  # nobody buys it any more
    rest = shop.take((shop.item != new) & (shop.item % N_KINDS != 2))
    scores = Content(taste=0.0).fit(rest, kinds()).score(nobody_bought())[0]
    assert scores[new] > scores[2]  # nothing of kind 2 sells


def test_content_names_the_item_that_it_resembles(shop):
    engine = Content(taste=1.0).fit(shop, kinds())
    (reason,) = engine.reasons(one_basket([0]), np.array([0]), np.array([4]))
    assert (reason.kind, reason.item) == ("similar", 0)


def test_items_without_words_have_no_neighbours():
    assert nearest(np.zeros((0, 4), np.float32), 5).shape == (0, 0)
    assert nearest(np.ones((1, 4), np.float32), 5).nnz == 0
