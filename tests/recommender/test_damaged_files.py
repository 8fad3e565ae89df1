"""Files of models and vectors that a disk has spoiled: refused, named, served from what
was before, made anew.
"""

import os
from datetime import timedelta
from pathlib import Path

import joblib
import pytest
from django.core.management import CommandError, call_command

from campaigns.delivery.alerting.data_alarms import damaged_files
from profiles import jobs
from profiles.models import Customer
from profiles.portraits import groups
from profiles.privacy import erasure
from recommender import model_cards, model_files
from recommender import training as recommender
from recommender.model_files import DamagedModel
from recommender.models import DamagedFile, ModelVersion
from recommender.propensity.scoring import fitted
from recommender.propensity.targets import TARGETS
from recommender.propensity.training import Lesson, Question, train
from recommender.vectors import places as places_in_use
from recommender.vectors.store import held, home
from tests.recommender.conftest import NOW
from tests.recommender.scores.test_propensity import (
    places,  # noqa: F401
    regulars_and_leavers,
)

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = timedelta(days=7)


def flip(path: Path) -> None:
    """Change bytes in the middle and keep size and time, as a disk does it."""
    before = path.stat()
    with path.open("r+b") as file:
        for place in range(1, 7):
            file.seek(before.st_size * place // 8)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 0xFF]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


BREAKS = [flip, cut, Path.unlink]


def file_of(card: dict, name: str = "model.joblib") -> Path:
    return model_cards.folder(card["model"], card["version"]) / name


class Evil:
    def __reduce__(self):
        return (os.mkdir, (os.environ["EVIL_PATH"],))


@pytest.mark.parametrize("breaks", BREAKS)
def test_a_broken_recommender_is_refused_in_a_sentence_and_the_one_before_serves(
    shop, breaks, tmp_path
):
    first = recommender.train(NOW - WEEK, lambda *_: None)
    breaks(file_of(first))
    with pytest.raises(
        DamagedModel,
        match=r"model.joblib of recommender .* run manage.py learn --only recommender",
    ):
        model_cards.usable("recommender")
    with pytest.raises(CommandError, match="learn --only recommender"):
        call_command(
            "recommend", "--as-of", NOW.isoformat(), "--out", str(tmp_path / "out.csv")
        )
    assert [alarm.subject for alarm in damaged_files()] == [str(file_of(first).parent)]
    again = recommender.train(NOW - WEEK, lambda *_: None)
    assert again["version"] == first["version"]
    assert not list(damaged_files())
    second = recommender.train(NOW, lambda *_: None)
    assert model_cards.usable("recommender").version == second["version"]
    breaks(file_of(second))
    assert model_cards.usable("recommender").version == first["version"]
    assert model_cards.usable("recommender", NOW).version == first["version"]


def test_a_pickle_that_nobody_recorded_is_never_opened(
    shop, settings, tmp_path, monkeypatch
):
    card = recommender.train(NOW, lambda *_: None)
    monkeypatch.setenv("EVIL_PATH", str(tmp_path / "was run"))
    for path in (file_of(card), file_of(card, "tested.joblib")):
        joblib.dump({"hybrid": Evil()}, path)
    stray = Path(settings.MODEL_DIR) / "recommender" / "stranger" / "model.joblib"
    stray.parent.mkdir()
    joblib.dump(Evil(), stray)
    with pytest.raises(DamagedModel):
        recommender.load(card["version"])
    recommender.train(NOW + WEEK, lambda *_: None)
    erasure.finish(erasure.begin(Customer.objects.first().external_id))
    assert not (tmp_path / "was run").exists()
    assert not stray.exists()


@pytest.mark.parametrize("breaks", BREAKS)
def test_an_erasure_never_hangs_on_a_model(shop, breaks):
    card = recommender.train(NOW, lambda *_: None)
    breaks(file_of(card))
    request = erasure.finish(erasure.begin(Customer.objects.first().external_id))
    assert request.finished_at
    assert not file_of(card).exists()
    if breaks is not Path.unlink:
        assert (
            "could not be read when a person was to be forgotten"
            in DamagedFile.objects.get().wrong
        )


def test_a_model_that_forgot_somebody_is_whole(shop):
    card = recommender.train(NOW, lambda *_: None)
    before = dict(ModelVersion.objects.get().files)
    for customer in Customer.objects.order_by("pk")[:3]:
        erasure.finish(erasure.begin(customer.external_id))
    after = ModelVersion.objects.get()
    assert after.files != before
    assert model_files.wrong_with(after) == ""
    assert recommender.load(card["version"]).version == card["version"]


@pytest.mark.parametrize("breaks", BREAKS)
def test_a_broken_score_is_refused_by_name_and_the_one_before_serves(breaks, capsys):
    regulars_and_leavers(100)
    question = Question(TARGETS["purchase"])
    first, second = (train(question, Lesson(at)) for at in (NOW - WEEK, NOW))
    breaks(file_of(second, "model.npz"))
    assert fitted(question, None).version.version == first["version"]
    breaks(file_of(first, "model.npz"))
    with pytest.raises(
        model_cards.NoModel, match=r"model.npz of purchase-30 .* learn --only scores"
    ):
        fitted(question, None)


def test_the_sweep_finds_what_neither_size_nor_time_tell(shop):
    card = recommender.train(NOW, lambda *_: None)
    assert model_files.sweep() == 0
    path = file_of(card)
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert model_files.sweep() == 1
    assert "changed since it was written" in next(damaged_files()).words


def test_groups_that_can_not_be_read_are_left_to_the_next_learning(shop):
    groups.fit(NOW)
    path = groups._path(groups.current().version)
    path.write_text(path.read_text().replace("0", "1", 5))
    assert groups.current() is None
    assert groups.assign(NOW) == 0
    groups.fit(NOW)
    assert groups.current() is not None


def test_broken_vectors_are_not_used_and_those_before_serve(shop, settings):
    settings.ENCODER_MODEL = "lexical"
    for at in (NOW - WEEK, NOW):
        jobs.start("vectors", {"as_of": at.isoformat()}, title="Encode texts")
        jobs.work()
    newest = places_in_use().about
    flip(home() / "places" / newest.hash / "items.npy")
    before = places_in_use().about
    assert before.as_of < newest.as_of
    assert next(damaged_files()).words.endswith("run manage.py learn --only vectors")
    for path in (home() / "places").glob("*/ids.json"):
        cut(path)
    assert places_in_use() is None
    space = held(newest.space)
    flip(next((home() / newest.space).glob("*.npy")))
    assert len(held(newest.space).keys) < len(space.keys)
    jobs.start("vectors", {"as_of": (NOW + WEEK).isoformat()}, title="Encode texts")
    jobs.work()
    assert places_in_use() is not None
    assert len(held(newest.space).keys) == len(space.keys)
    assert not list(damaged_files())


def test_a_model_of_a_release_whose_code_is_no_more_is_refused_in_a_sentence(shop):
    """What was recorded is whole, and yet nobody can read it: classes have moved."""
    card = recommender.train(NOW, lambda *_: None)
    version = ModelVersion.objects.get(model="recommender", version=card["version"])
    draft = model_cards.folder(version.model, version.version) / "model.draft"
    draft.write_bytes(b"crecommender.engines.a_room_of_before\nHybrid\n.")
    model_files.replace(version, "model.joblib", draft)
    with pytest.raises(
        DamagedModel, match=r"another release .*learn --only recommender"
    ):
        recommender.load(version.version)
    assert DamagedFile.objects.count() == 1
