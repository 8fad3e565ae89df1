"""Scores on small shops: nothing of the future is seen, and a shop that teaches nothing
gets a clear answer.
"""

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import ibis
import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from profiles import history
from profiles.models import Customer, Event, Score
from profiles.segments.table_schemas import AS_OF
from recommender.models import ModelVersion
from recommender.propensity import expressions, features
from recommender.propensity.features import Facts
from recommender.propensity.job import learn, renew
from recommender.propensity.targets import TARGETS
from recommender.propensity.training import Lesson, Question, train
from recommender.propensity.windows import TooLittleHistory, plan
from retention_site.lib.commands import Failed

pytestmark = pytest.mark.django_db(transaction=True)
T = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.HISTORY_DIR, settings.MODEL_DIR = tmp_path / "history", tmp_path / "models"


def people(n: int) -> list[Customer]:
    return Customer.objects.bulk_create(Customer(external_id=f"c{i}") for i in range(n))


def bought(customer: Customer, days_before: float, price: float = 5.0) -> Event:
    at = T - timedelta(days=days_before)
    return Event(
        key=uuid4(),
        customer=customer,
        type="purchase",
        at=at,
        quantity=1,
        price=price,
        order_id=f"o{uuid4()}",
    )


def regulars_and_leavers(n: int = 150, seed: int = 3) -> list[Customer]:
    """Half come every week or so; half stopped somewhere on the way."""
    dice, made = random.Random(seed), people(n)
    events = []
    for number, one in enumerate(made):
        stops = dice.uniform(0, 250) if number % 2 else 0
        day = 300 - dice.uniform(0, 20)
        while day > stops:
            events.append(bought(one, day, dice.choice([3, 8, 20])))
            day -= dice.expovariate(1 / dice.choice([5, 9]))
    Event.objects.bulk_create(events)
    history.refresh()
    return made


def quiet(_share: float, _words: str = "") -> None:
    pass


def score(kind: str, path, **options) -> tuple[dict, list[list[str]]]:
    out = StringIO()
    call_command("score", kind, out=path, json=True, stdout=out, **options)
    with path.open() as file:
        return json.loads(out.getvalue().splitlines()[-1]), list(csv.reader(file))


def seen_before_and_after(moment: datetime) -> tuple[np.ndarray, np.ndarray]:
    """What a snapshot says, and what it says once something has happened after it."""
    made = regulars_and_leavers(40)

    def seen() -> np.ndarray:
        return (
            Facts(history.tables(as_of=T), [moment, moment + timedelta(days=30)])
            .snapshot(moment)
            .values
        )

    before = seen()
    # before T, after the snapshot
    Event.objects.bulk_create([bought(one, 59.9) for one in made])
    history.refresh()
    return before, seen()


def test_a_planted_leak_is_noticed(monkeypatch):
    """The check itself: features that look one window ahead must not pass it."""

    def leaking(facts):
        return facts.filter(facts["at"] < AS_OF + ibis.interval(days=30)).mutate(
            age=expressions.days(AS_OF) - facts.day
        )

    monkeypatch.setattr(expressions, "before", leaking)
    features.snapshot_sql.cache_clear()
    before, after = seen_before_and_after(T - timedelta(days=60))
    features.snapshot_sql.cache_clear()
    assert not np.array_equal(before, after, equal_nan=True)


def test_the_same_check_passes_what_is_in_use():
    before, after = seen_before_and_after(T - timedelta(days=60))
    assert np.array_equal(before, after, equal_nan=True)


def test_a_planted_future_changes_nothing(tmp_path):
    made = regulars_and_leavers(100)
    moment = T - timedelta(days=60)

    def seen() -> tuple[np.ndarray, bytes]:
        facts = Facts(
            history.tables(as_of=T),
            [moment - timedelta(days=30), moment, moment + timedelta(days=30)],
        )
        train(Question(TARGETS["purchase"]), Lesson(T))
        score("purchase", tmp_path / "s.csv", as_of=T)
        return facts.snapshot(moment).values, (tmp_path / "s.csv").read_bytes()

    before, scores = seen()
    Event.objects.bulk_create([bought(one, -1) for one in made])  # after T
    history.refresh()
    same, same_scores = seen()
    assert np.array_equal(before, same, equal_nan=True)
    assert scores == same_scores
    # before T, after the snapshot
    Event.objects.bulk_create([bought(one, 59.9) for one in made])
    history.refresh()
    assert np.array_equal(before, seen()[0], equal_nan=True)


def test_learned_scores_are_written_with_reasons_and_refused_for_a_time_before(
    tmp_path,
):
    regulars_and_leavers()
    cards = learn(T, quiet)
    assert {card["model"]: card["promoted"] for card in cards}["purchase-30"], cards[0][
        "why"
    ]
    windows = cards[0]["windows"]
    assert (
        windows["fit"][1]
        <= windows["calibrate"][0]
        <= windows["calibrate"][1]
        <= windows["test"][0]
    )
    assert cards == learn(T, quiet)
    renew(T, quiet)
    purchase, churn = (
        dict(Score.objects.filter(kind=kind).values_list("customer", "value"))
        for kind in ("purchase", "churn")
    )
    assert len(purchase) == 150
    assert all(
        churn[who] == pytest.approx(1 - value) for who, value in purchase.items()
    )
    # up to three, what is left, and what would change the score
    for one in Score.objects.filter(kind="purchase"):
        assert 0 < len(one.reasons) <= 5
        assert sum("all else" in reason for reason in one.reasons) == 1
    answer, rows = score("purchase", tmp_path / "s.csv", as_of=T)
    assert answer["n"] == len(rows) - 1 == 150
    assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])
    with pytest.raises(Failed, match="run learn"):
        score("purchase", tmp_path / "s.csv", as_of=T - timedelta(days=5))
    with pytest.raises(Failed, match="run learn"):
        score("purchase", tmp_path / "s.csv", as_of=T + timedelta(days=400))


def test_unfitted_never_scores(tmp_path):
    history.refresh()
    with pytest.raises(Failed, match="run learn"):
        score("purchase", tmp_path / "s.csv", as_of=T)


@pytest.mark.parametrize("shop", ["nobody", "no buyers", "one customer", "all alike"])
def test_a_tiny_shop_gets_a_clear_answer(shop, tmp_path):
    made = people({"nobody": 0, "one customer": 1}.get(shop, 40))
    if shop in ("one customer", "all alike"):
        Event.objects.bulk_create(
            [bought(one, day) for one in made for day in range(1, 300, 5)]
        )
    history.refresh()
    cards = learn(T, quiet)
    assert all(card["why"] and not card["promoted"] for card in cards)
    assert renew(T, quiet) == {}
    assert not ModelVersion.objects.filter(is_promoted=True).exists()
    with pytest.raises(Failed, match=r"is not used: .*run learn") as refused:
        score("purchase", tmp_path / "s.csv", as_of=T)
    # it was learned: one true sentence, not two
    assert "learned yet" not in str(refused.value)


def test_windows_never_touch():
    found = plan(T - timedelta(days=400), T, 30)
    labels = [
        found.fit[-1] + found.horizon,
        found.calibrate,
        found.calibrate + found.horizon,
        found.test,
    ]
    assert labels == sorted(labels)
    assert found.test is not None
    assert found.test + found.horizon <= T
    with pytest.raises(TooLittleHistory):
        plan(T - timedelta(days=100), T, 30)


def odd_shop(kind: str = "purchase", each: int = 12) -> None:
    """Everybody has one and the same item, so many times."""
    made = people(60)
    Event.objects.bulk_create(
        Event(
            key=uuid4(),
            customer=one,
            type=kind,
            at=T - timedelta(days=(7 * number + 23 * n) % 290 + 1),
            quantity=1,
            price=5,
            item_id="only",
        )
        for number, one in enumerate(made)
        for n in range(each)
    )
    history.refresh()


@pytest.mark.parametrize("oddity", ["NaN prices", "one purchase each"])
def test_odd_shops_get_figures_or_a_reason(oddity):
    odd_shop(each=1 if oddity == "one purchase each" else 12)
    if oddity == "NaN prices":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE profiles_event SET price = 'NaN' WHERE id % 2 = 0")
        history.rebuild()
    card = train(Question(TARGETS["value"]), Lesson(T))
    assert card["why"]
    for figures in (card["metrics"], *card["baselines"].values()):
        assert all(
            one["value"] is None or np.isfinite(one["value"])
            for one in figures.values()
        )


def test_a_shop_where_everybody_looks_and_nobody_buys_says_so():
    odd_shop(kind="view")
    with pytest.raises(TooLittleHistory, match="nobody has bought"):
        Lesson(T)
