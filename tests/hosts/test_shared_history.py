"""One history on several hosts: made once, read on all, forgotten on all."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from profiles import history
from profiles.history import manifest, parts, shared_files
from profiles.models import Customer, Event
from retention_site.lib import object_store
from tests.factories import make_customer, make_event
from tests.faults.forks import in_processes
from tests.hosts.conftest import Host, on_host

pytestmark = pytest.mark.django_db(transaction=True)
T = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def shop() -> list[Customer]:
    customers = [make_customer() for _n in range(4)]
    for n, customer in enumerate(customers):
        make_event(customer, at=T, text=f"words of {customer.external_id}")
        make_event(customer, at=T + timedelta(days=31 * (n % 3)))
    return customers


def n_events() -> int:
    return history.tables().run("SELECT count(*) AS n FROM events")["n"][0].as_py()


def bytes_here() -> bytes:
    return b"".join(path.read_bytes() for path in manifest.folder().rglob("*.parquet*"))


def digests_in_store() -> set[str]:
    shared = object_store.store(shared_files.KIND)
    assert shared is not None
    return shared.names()


def test_what_one_host_made_the_other_reads_and_makes_nothing_itself(
    shop, host: Host, monkeypatch
) -> None:
    with host("a"):
        history.refresh()
        assert n_events() == 8
    with host("b"):
        monkeypatch.setattr(parts, "write", None)  # nothing is exported here
        assert n_events() == 8
        assert history.refresh().n_new == 0
        assert history.freshness().repairs == ()
        assert digests_in_store() == manifest.load().digests()


def test_both_refresh_in_turn_and_each_sees_the_others(shop, host: Host) -> None:
    for turn in range(3):
        for name in ("a", "b"):
            with host(name):
                make_event(shop[0], at=T + timedelta(days=turn))
                history.refresh()
                assert n_events() == Event.objects.count()
    with host("a"):
        assert n_events() == Event.objects.count()
        assert digests_in_store() == manifest.load().digests()


@pytest.mark.parametrize("breaks", [lambda p: os.truncate(p, 9), Path.unlink])
def test_a_broken_copy_is_fetched_again(shop, host: Host, breaks) -> None:
    with host("a"):
        history.refresh()
        breaks(manifest.folder() / manifest.load().parts[0].path)
        assert n_events() == 8
        assert history.freshness().repairs == ()


def test_an_object_that_the_store_spoiled_is_made_anew(shop, tmp_path) -> None:
    """By whoever lacks it: the database has every fact."""
    with on_host(tmp_path / "a", str(tmp_path / "store")):
        history.refresh()
        digest = manifest.load().parts[0].sha256
        next((tmp_path / "store").rglob(digest)).write_bytes(b"not it")
    with on_host(tmp_path / "b", str(tmp_path / "store")):
        assert n_events() == 8
        (repair,) = history.freshness().repairs
        assert "in the store" in repair["wrong"]
    with on_host(tmp_path / "a", str(tmp_path / "store")):
        assert n_events() == 8


def test_who_is_forgotten_on_one_host_is_in_no_copy_of_the_other(
    shop, host: Host
) -> None:
    gone = shop[0]
    for name in ("a", "b"):
        with host(name):
            history.refresh()
            assert n_events() == 8
    with host("a"):
        Event.objects.filter(customer=gone).delete()
        Customer.objects.filter(pk=gone.pk).update(email="", erased_at=T)
        assert history.forget([gone.pk]) > 0
        assert digests_in_store() == manifest.load().digests()
        assert str(gone.email).encode() not in bytes_here()
    with host("b"):
        assert history.follow()  # as each worker does every minute
        assert str(gone.email).encode() not in bytes_here()
        assert f"words of {gone.external_id}".encode() not in bytes_here()
        assert n_events() == 6


def test_a_host_killed_in_the_middle_leaves_the_history_whole(shop, host: Host) -> None:
    with host("a"):
        history.refresh()
    make_event(shop[0], at=T)

    def killed() -> None:
        manifest.save = lambda _new: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        history.refresh()

    with host("a"):
        # the objects are there, the manifest is not: nobody reads of them
        assert in_processes([killed]) == [None]
        assert digests_in_store() > manifest.load().digests()
    with host("b"):
        assert n_events() == 8
        history.refresh()
        assert n_events() == 9
        history.sweep()
        assert digests_in_store() == manifest.load().digests()


def test_a_shop_of_before_moves_over_without_an_export(
    shop, tmp_path, monkeypatch
) -> None:
    """First one folder alone, then a store: nothing is read anew from the database."""
    with on_host(tmp_path / "a"):
        history.refresh()
    with on_host(tmp_path / "a", str(tmp_path / "store")):
        monkeypatch.setattr(parts, "write", None)
        history.refresh()
        assert digests_in_store() == manifest.load().digests()
    with on_host(tmp_path / "b", str(tmp_path / "store")):
        assert n_events() == 8


def test_two_folders_without_a_store_each_make_their_own(shop, tmp_path) -> None:
    for name in ("a", "b", "a"):
        with on_host(tmp_path / name):
            assert n_events() == 8


def test_a_store_that_is_away_is_one_sentence(tmp_path, settings) -> None:
    for url in (
        "s3://key:secret@bucket/x?endpoint=http://127.0.0.1:9",
        "/proc/nowhere/store",
    ):
        settings.STORE_URL = url
        with pytest.raises(ImproperlyConfigured, match="can't be reached") as said:
            object_store.check()
        assert str(said.value).startswith("STORE_URL: ")
        assert "secret" not in str(said.value)
        assert "\n" not in str(said.value)


def test_a_store_that_answers_passes(host: Host) -> None:
    with host("a"):
        object_store.check()


def test_readers_go_on_while_the_store_is_away(shop, tmp_path) -> None:
    store = tmp_path / "store"
    with on_host(tmp_path / "a", str(store)):
        history.refresh()
        shutil.rmtree(store)
        store.write_text("no folder")
        assert n_events() == 8
        make_event(shop[0], at=T)
        with pytest.raises(ImproperlyConfigured, match="can't be reached"):
            history.refresh()
        assert n_events() == 8
        store.unlink()
        history.refresh()
        assert n_events() == 9
        history.sweep()
        assert digests_in_store() == manifest.load().digests()
