"""score asked about a category, an item, another horizon, some customers; and what
would change a score.
"""

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import call_command

from profiles import history
from profiles.models import Customer, Event, Item, Score
from recommender.models import ModelVersion
from recommender.propensity.counterfactuals import nearest
from recommender.propensity.features import Facts, Snapshot
from recommender.propensity.job import learn, renew
from recommender.propensity.scoring import STALE, _as_learned
from recommender.scorers.link_functions import Family
from retention_site.lib.commands import BadInput, Failed

pytestmark = pytest.mark.django_db
T = datetime(2024, 6, 1, tzinfo=UTC)
N = 120


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker, tmp_path_factory):
    """Half buy bread every week or so, half toys; half of each stop somewhere on the
    way. Learned once for all.
    """
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("shop")
    with (
        django_db_blocker.unblock(),
        override_settings(HISTORY_DIR=folder / "h", MODEL_DIR=folder / "m"),
    ):
        made = _fill()
        history.refresh()
        learn(T, lambda *_: None)
        renew(T, lambda *_: None)
        yield made
        call_command("flush", interactive=False, verbosity=0)


def _fill() -> list[Customer]:
    dice = random.Random(3)
    Item.objects.create(external_id="rye", title="Rye bread", category="FOOD > BREAD")
    Item.objects.create(external_id="kite", title="Kite", category="TOYS")
    made = Customer.objects.bulk_create(
        Customer(external_id=f"c{i:03}", region="east" if i < 20 else "west")
        for i in range(N)
    )
    events = []
    for number, one in enumerate(made):
        stops, day = (
            dice.uniform(0, 250) if number % 2 else 0,
            300 - dice.uniform(0, 20),
        )
        while day > stops:
            events.append(
                Event(
                    key=uuid4(),
                    customer=one,
                    type="purchase",
                    at=T - timedelta(days=day),
                    quantity=1,
                    price=dice.choice([3, 8, 20]),
                    order_id=f"o{uuid4()}",
                    item_id="rye" if number % 4 < 2 else "kite",
                )
            )
            day -= dice.expovariate(1 / dice.choice([5, 9]))
    Event.objects.bulk_create(events)
    return made


@pytest.fixture
def asked(shop, tmp_path):
    def ask(kind: str, **options) -> tuple[dict, list[dict]]:
        out, path = StringIO(), tmp_path / "s.csv"
        call_command("score", kind, out=path, json=True, as_of=T, stdout=out, **options)
        with path.open() as file:
            return json.loads(out.getvalue().splitlines()[-1]), list(
                csv.DictReader(file)
            )

    return ask


@pytest.mark.parametrize(
    "scope", [{"category": "BREAD"}, {"category": "FOOD>BREAD"}, {"item": "rye"}]
)
def test_who_buys_bread_is_told_apart_from_who_buys_toys(asked, scope):
    answer, rows = asked("purchase", **scope)
    assert answer["n"] == len(rows) == N
    bread = [float(row["score"]) for row in rows if int(row["customer_id"][1:]) % 4 < 2]
    toys = [float(row["score"]) for row in rows if int(row["customer_id"][1:]) % 4 >= 2]
    assert np.mean(bread) > 3 * np.mean(toys)
    assert answer["base_rate"] < asked("purchase")[0]["base_rate"]


def test_a_shorter_horizon_expects_less(asked):
    fortnight, month = (dict(asked("value", horizon=days)[0]) for days in (14, 30))
    assert (fortnight["horizon_days"], month["horizon_days"]) == (14, 30)
    assert fortnight["base_rate"] < month["base_rate"]


def test_a_horizon_longer_than_the_history_is_answered_by_the_longest_tested(asked):
    """Refused until the shop was old enough for it; now levelled, and said."""
    month, far = asked("value"), asked("value", horizon=200)
    card = ModelVersion.objects.get(model="value-200").card
    assert far[0]["horizon_days"] == 200
    assert 60 <= card["learned_horizon_days"] <= 75
    note = card["notes"][-1]
    assert "too short to test 200 days" in note
    assert note.endswith("levelled to 200 by how often customers come (BG/NBD).")
    sums = [sum(float(row["score"]) for row in rows) for _answer, rows in (month, far)]
    assert 3 < sums[1] / sums[0] < 10  # about 200 / 30
    assert far[0]["base_rate"] > 3 * month[0]["base_rate"]


def test_a_chance_in_a_longer_time_is_higher_and_stays_a_chance(asked):
    month, far = (
        {
            row["customer_id"]: float(row["score"])
            for row in asked("purchase", **days)[1]
        }
        for days in ({}, {"horizon": 200})
    )
    assert np.mean(list(far.values())) > np.mean(list(month.values()))
    assert all(0 <= one <= 1 for one in far.values())


@pytest.mark.parametrize("kind", ["purchase", "churn", "value"])
def test_reasons_and_the_rest_add_up_to_the_score(asked, kind):
    _answer, rows = asked(kind, amounts=True)
    for row in rows:
        parts = [row["usual"], *(row[f"amount_{n}"] for n in (1, 2, 3)), row["rest"]]
        total = sum(float(part) for part in parts if part)
        assert total == pytest.approx(float(row["score"]), abs=1e-9, rel=1e-9)
        for n in (1, 2, 3):
            amount = row[f"amount_{n}"]
            way = "raises" if amount and float(amount) > 0 else "lowers"
            assert row[f"reason_{n}"].startswith(f"{way} it by ") or not amount


def test_a_model_that_learned_too_long_ago_is_refused(shop, tmp_path):
    answers = partial(
        call_command,
        "score",
        "purchase",
        out=tmp_path / "s.csv",
        json=True,
        stdout=StringIO(),
    )
    answers(as_of=T + STALE)
    with pytest.raises(Failed, match="too long before"):
        answers(as_of=T + STALE + timedelta(days=1))


def test_a_model_that_learned_before_a_feature_came_sees_what_it_knew():
    wider = Snapshot(
        T,
        np.array([1]),
        ("recency", "came later", "basket"),
        np.array([[1.0, 7.0, 2.0]]),
    )
    assert _as_learned(wider, ("recency", "basket")).values.tolist() == [[1.0, 2.0]]


def test_only_some_customers_are_written(asked):
    assert asked("purchase", where="region=east")[0]["n"] == 20


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"category": "CAVIAR"}, "nothing like that, in CAVIAR"),
        ({"item": "caviar"}, "nothing like that, item caviar"),
        ({"item": "rye", "category": "BREAD"}, "can't be asked together"),
        ({"where": "region"}, "TRAIT=VALUE"),
        ({"where": "regoin=east"}, "No customer has a trait named .regoin."),
        ({"horizon": 0}, "must be 1 to"),
    ],
)
def test_wrong_questions_are_one_clear_sentence(asked, options, sentence):
    with pytest.raises(BadInput, match=sentence):
        asked("purchase", **options)


def test_every_card_carries_six_dates_that_do_not_overlap(asked):
    asked("purchase", category="BREAD", horizon=14)
    cards = [version.card["windows"] for version in ModelVersion.objects.all()]
    learned = [windows for windows in cards if windows["fit"] is not None]
    assert learned
    for windows in learned:
        dates = [
            datetime.fromisoformat(end)
            for step in ("fit", "calibrate", "test")
            for end in windows[step]
        ]
        assert len(dates) == 6
        assert dates == sorted(dates)
        assert dates[-1] <= T


def test_lifetime_value_stands_beside_the_supervised_one(asked):
    asked("value")
    card = ModelVersion.objects.get(model="value-30").card
    assert "lifetime" in {card["scorer"], *card["baselines"]}
    assert (
        "lifetime"
        not in ModelVersion.objects.get(model="spend_drop-30").card["baselines"]
    )


def test_churn_is_no_purchase_and_never_the_chance_of_being_alive(asked):
    buys, leaves = (
        {row["customer_id"]: float(row["score"]) for row in asked(k)[1]}
        for k in ("purchase", "churn")
    )
    assert buys
    assert all(leaves[who] == pytest.approx(1 - value) for who, value in buys.items())


def test_who_stands_below_the_usual_is_told_what_would_change_it(asked):
    answer, rows = asked("purchase", changes=True)
    below = [row for row in rows if float(row["score"]) < answer["base_rate"] - 0.05]
    assert below
    assert all("would change it: " in row["change"] for row in below)
    assert not any(
        row["change"] for row in rows if float(row["score"]) >= answer["base_rate"]
    )


def test_changes_stand_behind_the_reasons_that_are_kept(shop):
    kept = [one.reasons for one in Score.objects.filter(kind="purchase", value__lt=0.2)]
    assert kept
    assert all(reasons[-1].startswith("would change it") for reasons in kept)


def test_the_smallest_change_that_is_enough_is_said(shop):
    people = Facts(history.tables(as_of=T), [T]).snapshot(T)
    orders = people.column("n_orders").copy()

    def expected(values: np.ndarray) -> np.ndarray:
        grown = values[:, people.names.index("n_orders")] - orders[: len(values)]
        return np.minimum(0.1 + 0.2 * grown, 0.9)

    few = Snapshot(T, people.customers[:3], people.names, people.values[:3])
    said = nearest(few, expected, goal=0.45, is_high_good=True, family=Family.YES)
    assert said == ["would change it: 2 more orders now → 50%, usual is 45%"] * 3
