"""The text classifier: it learns where words decide, is refused where they do not, and
says why in exact sums.
"""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from profiles import history
from profiles.models import Customer, Event
from recommender.encoders import devices
from recommender.encoders.batching import GPU_BUDGET
from recommender.encoders.transformer import Transformer
from recommender.propensity import text_attribution, text_training
from recommender.propensity.behaviour import Behaviour, Doing, behaviours
from recommender.propensity.prediction import ask
from recommender.propensity.targets import KINDS
from recommender.propensity.training import Lesson
from recommender.scorers.contract import NotFitted
from recommender.scorers.link_functions import NothingToLearn
from recommender.scorers.text_classifier import Reader, Schooling
from recommender.stats.probabilities import auc
from tests.recommender.scores.words import NO, YES, tiny_model, told

T = datetime(2024, 6, 1, tzinfo=UTC)
MONTH = 30
QUICK = Schooling(max_tokens=24, epochs=4, rate=3e-3, batch=32, looks_per_epoch=2)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    import torch

    # a tiny model loses more by dividing its work than it wins
    torch.set_num_threads(1)
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def learned(tiny):
    (texts, y), (watched, watched_y) = told(320, 1), told(80, 2)
    return Reader(tiny, QUICK).fit(texts, y, watched, watched_y)


def test_it_learns_where_words_decide(learned):
    texts, y = told(300, 3)
    assert auc(y, learned.raw(texts)) >= 0.9
    losses = [look.watched for look in learned.curve_]
    assert losses[-1] < losses[0]


def test_what_it_learned_comes_back_from_its_folder(learned, tmp_path):
    learned.save(tmp_path)
    texts = told(20, 4)[0]
    assert Reader.load(tmp_path, QUICK.max_tokens).raw(texts) == pytest.approx(
        learned.raw(texts), abs=1e-5
    )


def test_it_stops_early_and_keeps_its_best_state_where_nothing_can_be_learned(tiny):
    dice = np.random.default_rng(0)
    (texts, y), (watched, watched_y) = told(200, 1), told(100, 2)
    patient = Schooling(
        max_tokens=16, epochs=20, rate=2e-3, batch=32, looks_per_epoch=1, patience=2
    )
    reader = Reader(tiny, patient).fit(
        texts, dice.permutation(y), watched, dice.permutation(watched_y)
    )
    assert len(reader.curve_) < patient.epochs * patient.looks_per_epoch
    best = min(look.watched for look in reader.curve_)
    assert reader.family.losses(watched_y, reader.raw(watched)).mean() < 1.2
    assert best <= reader.curve_[0].watched


def test_unread_or_all_the_same_is_refused(tiny):
    with pytest.raises(NotFitted):
        Reader(tiny).raw(["milk"])
    with pytest.raises(NothingToLearn):
        Reader(tiny).fit(["milk"] * 9, np.ones(9), ["tea"], np.ones(1))


def test_reasons_sum_to_the_raw_score(learned):
    people = [
        Behaviour(
            "2 orders, last 3 d",
            (Doing("review", 1, YES), Doing("purchase", 3, "milk")),
        ),
        Behaviour("never bought", ()),
        Behaviour("1 orders, last 9 d", (Doing("review", 2, NO),)),
    ]
    found = text_attribution.tell(learned.raw, people)
    assert found.bias + found.added.sum(1) == pytest.approx(
        learned.raw([one.text() for one in people]), abs=1e-6
    )
    assert set(found.kinds) == {"review", "purchase", text_attribution.HABITS}
    assert found.added[
        1, [found.kinds.index("review"), found.kinds.index("purchase")]
    ].tolist() == [0, 0]


def test_models_go_to_the_device_that_there_is(tiny, monkeypatch, tmp_path):
    """torch's "meta" stands for a GPU: it says where a number would be, and holds none."""
    monkeypatch.setattr(devices, "device", lambda: "meta")
    reader, encoder = Reader(tiny), Transformer(tiny)
    reader._open(tiny)
    for model in (reader._model, encoder._model):
        assert {one.device.type for one in model.parameters()} == {"meta"}
    assert encoder.budget == GPU_BUDGET
    (tmp_path / "nvidia7").touch()
    assert devices.has_driver(tmp_path)
    monkeypatch.setattr(devices, "device", lambda: "cpu")
    monkeypatch.setattr(devices, "has_driver", lambda: True)
    assert not devices.has_gpu(), "a torch without CUDA does not use the card"


@pytest.fixture
def places(transactional_db, settings, tmp_path, tiny):
    settings.HISTORY_DIR, settings.MODEL_DIR = tmp_path / "history", tmp_path / "models"
    settings.ENCODER_MODEL = str(tiny)


def moods(n: int = 60, *, is_telling: bool = True) -> None:
    """Each month everybody writes and then comes or does not: as the words say, or as a
    coin does.
    """
    dice, made = (
        random.Random(5),
        Customer.objects.bulk_create(Customer(external_id=f"c{i}") for i in range(n)),
    )
    events = []
    for one in made:
        for month in range(10, -1, -1):
            begins, is_happy, coin = (
                T - timedelta(days=MONTH * month),
                dice.random() < 0.5,
                dice.random() < 0.5,
            )
            wrote = begins - timedelta(days=dice.uniform(0.1, 0.9))
            events.append(
                Event(
                    key=uuid4(),
                    customer=one,
                    type="review",
                    at=wrote,
                    text=YES if is_happy else NO,
                )
            )
            if month and (is_happy if is_telling else coin):
                at = begins + timedelta(days=dice.uniform(0.1, 25))
                events.append(
                    Event(
                        key=uuid4(),
                        customer=one,
                        type="purchase",
                        at=at,
                        quantity=1,
                        price=5,
                        item_id="a",
                    )
                )
    Event.objects.bulk_create(events)
    history.refresh()


def quiet(_share: float, _words: str = "") -> None:
    pass


def test_only_words_that_tell_pass_the_gate_and_then_they_score(places):
    moods()
    card = text_training.train(Lesson(T), quiet, QUICK)
    assert card["promoted"], card["why"]
    assert card["metrics"]["auc"]["value"] >= 0.9
    assert (
        card["metrics"]["log_loss"]["value"]
        < card["baselines"]["rfm"]["log_loss"]["value"]
    )
    assert len(card["loss_curve"]) > 2
    answer = ask(KINDS["purchase"], T, MONTH)
    assert "-text/" in answer.model
    told_by = [row.reasons.words[0] for row in answer.rows() if row.reasons.words]
    assert np.mean(["review" in why for why in told_by]) >= 0.4


def test_words_that_tell_nothing_are_refused_and_their_row_is_shown(places):
    moods(is_telling=False)
    card = text_training.train(Lesson(T), quiet, QUICK)
    assert not card["promoted"]
    assert "do not surely beat RFM" in card["why"]
    assert card["metrics"]["log_loss"]["value"] > 0
    assert card["loss_curve"]


def test_a_text_holds_nothing_of_the_future_and_the_newest_first(places):
    moods(n=3)
    lesson = Lesson(T)
    moment = lesson.tested.calibrate
    people = behaviours(lesson.facts.tables, lesson.snapshots[moment])
    assert any(one.doings for one in people)
    assert all(doing.days >= 0 for one in people for doing in one.doings)
    assert all(
        [doing.days for doing in one.doings]
        == sorted(doing.days for doing in one.doings)
        for one in people
    )
    assert all(
        one.text().startswith(
            ("never bought", "1 orders", "2 orders", "3 ", "4 ", "5 ", "6 ")
        )
        for one in people
    )
