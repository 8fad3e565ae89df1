"""Models learned on one host serve on all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from profiles import history
from profiles.models import Event
from profiles.privacy import erasure
from recommender import model_cards, model_files, shared_models
from recommender import training as recommender
from recommender.model_files import DamagedModel
from recommender.models import DamagedFile, ModelVersion
from retention_site.lib import object_store
from tests.hosts.conftest import Host, on_host
from tests.recommender.conftest import NOW, shop  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def model_here() -> Path:
    version = ModelVersion.objects.get(model="recommender", is_promoted=True)
    return model_files.folder("recommender", version.version) / "model.joblib"


def test_learned_on_one_host_it_serves_and_is_forgotten_on_the_other(
    shop,  # noqa: F811
    host: Host,
) -> None:
    with host("a"):
        recommender.train(NOW, lambda *_: None)
        on_a = recommender.load(model_cards.usable("recommender").version)
    with host("b"):
        version = model_cards.usable("recommender")
        on_b = recommender.load(version.version)
        assert type(on_b) is type(on_a)
        assert not DamagedFile.objects.exists()
        os.truncate(model_here(), 9)
        assert model_files.is_whole(version)
        before = model_here().read_bytes()
    with host("a"):
        history.refresh()
        erasure.finish(erasure.begin(shop[0].external_id))
        assert not Event.objects.filter(customer=shop[0]).exists()
    with host("b"):
        shared_models.drop_changed()
        assert not model_here().exists()
        version.refresh_from_db()
        assert model_files.is_whole(version)
        assert model_here().read_bytes() != before
    shared_models_hold_what_is_named(host)


def shared_models_hold_what_is_named(host: Host) -> None:
    with host("a"):
        model_files.sweep()
        shared = object_store.store(shared_models.KIND)
        assert shared is not None
        assert shared.names() == {
            digest
            for version in ModelVersion.objects.all()
            for known in version.files.values()
            for _size, digest in known
        }


def test_a_spoiled_object_is_named_with_its_remedy(shop, tmp_path) -> None:  # noqa: F811
    with on_host(tmp_path / "a", str(tmp_path / "store")):
        recommender.train(NOW, lambda *_: None)
    digest = ModelVersion.objects.get().files["model.joblib"][0][1]
    next((tmp_path / "store").rglob(digest)).write_bytes(b"not it")
    with (
        on_host(tmp_path / "b", str(tmp_path / "store")),
        pytest.raises(
            DamagedModel, match=r"in the store: run manage.py learn --only recommender"
        ),
    ):
        model_cards.usable("recommender")
