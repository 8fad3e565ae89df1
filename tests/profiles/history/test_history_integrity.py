"""Files of the history that break are noticed and made anew; readers never meet a file
that is gone.
"""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from campaigns.delivery.alerting.data_alarms import history_lags, history_repaired
from profiles import history
from profiles.history import manifest
from profiles.models import Customer, Event
from retention_site.lib.clock import real_now
from tests.factories import make_customer, make_event

pytestmark = pytest.mark.django_db(transaction=True)
T = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def shop() -> list[Customer]:
    customers = [make_customer() for _n in range(4)]
    for n, customer in enumerate(customers):
        make_event(customer, at=T, text=f"words of {customer.external_id}")
        make_event(customer, at=T + timedelta(days=31 * (n % 3)))
    history.refresh()
    return customers


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\x00" * 16)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def quietly_overwritten(path: Path) -> None:
    """As a disk loses bytes: neither size nor time tell."""
    before = path.stat()
    overwritten(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def n_events() -> int:
    return history.tables().run("SELECT count(*) AS n FROM events")["n"][0].as_py()


@pytest.mark.parametrize("breaks", [overwritten, cut, Path.unlink])
@pytest.mark.parametrize("which", ["events/", "customers-", "consents-", "scores-"])
def test_a_broken_file_is_made_anew_by_whoever_meets_it(
    shop: list[Customer], which: str, breaks
) -> None:
    path = next(
        path for path in sorted(manifest.load().files()) if path.startswith(which)
    )
    breaks(manifest.folder() / path)
    assert history.freshness().damaged.keys() == {path}
    assert n_events() == 8
    assert (
        history.tables().run("SELECT count(*) AS n FROM customers")["n"][0].as_py() == 4
    )
    assert history.freshness().damaged == {}
    assert [one["path"] for one in history.freshness().repairs] == [path]
    assert [alarm.subject for alarm in history_repaired()] == [path]


def test_the_refresh_mends_what_nobody_has_read(shop: list[Customer]) -> None:
    path = next(part.path for part in manifest.load().parts)
    cut(manifest.folder() / path)
    history.refresh()
    assert history.freshness().damaged == {}
    assert Event.objects.count() == n_events() == 8


def test_the_sweep_finds_what_neither_size_nor_time_tell(shop: list[Customer]) -> None:
    assert n_events() == 8  # every file was looked at by this process
    quietly_overwritten(manifest.folder() / manifest.load().parts[0].path)
    assert history.freshness().damaged == {}
    assert history.sweep() == 1
    assert n_events() == 8
    assert history.sweep() == 0


def test_the_command_says_and_mends(
    shop: list[Customer], capsys: pytest.CaptureFixture[str]
) -> None:
    path = manifest.load().parts[0].path
    cut(manifest.folder() / path)
    call_command("history", "status", "--json")
    assert path in capsys.readouterr().out
    call_command("history", "check", "--json")
    assert '"damaged": {}' in capsys.readouterr().out


def test_tables_opened_before_an_erasure_read_on_and_see_nothing_of_the_person(
    shop: list[Customer],
) -> None:
    gone = shop[0]
    opened = history.tables()
    assert opened.run("SELECT count(*) AS n FROM events")["n"][0].as_py() == 8
    Event.objects.filter(customer=gone).delete()
    Customer.objects.filter(pk=gone.pk).update(email="", erased_at=real_now())
    history.forget([gone.pk])
    assert opened.run("SELECT count(*) AS n FROM events")["n"][0].as_py() == 6
    assert (
        opened.run(f"SELECT * FROM customers WHERE customer = {gone.pk}").num_rows == 0
    )
    left = b"".join(path.read_bytes() for path in manifest.folder().rglob("*.parquet"))
    assert gone.email.encode() not in left
    assert f"words of {gone.external_id}".encode() not in left


def test_tables_opened_long_ago_read_from_the_files_of_now(
    shop: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = history.tables()
    monkeypatch.setitem(history.refresh.__globals__, "GRACE_SECONDS", -1.0)
    history.rebuild()
    make_customer()
    history.refresh()
    assert opened.run("SELECT count(*) AS n FROM events")["n"][0].as_py() == 8
    assert opened.customers.count().execute() == 5
    assert opened.events.count().execute() == 8


def test_readers_beside_two_erasures_at_once_meet_no_missing_file() -> None:
    customers = [make_customer() for _n in range(12)]
    for customer in customers:
        make_event(customer, at=T)
    history.refresh()
    gone = customers[:6]
    Event.objects.filter(customer__in=gone).delete()
    Customer.objects.filter(pk__in=[one.pk for one in gone]).update(
        email="", erased_at=real_now()
    )
    wrong: list[BaseException] = []
    ends = threading.Event()

    def read() -> None:
        try:
            while not ends.is_set():
                n_events()
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    def erase(some: list[Customer]) -> None:
        try:
            for one in some:
                history.forget([one.pk])
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    readers = [threading.Thread(target=read) for _n in range(2)]
    erasers = [threading.Thread(target=erase, args=[gone[n::2]]) for n in range(2)]
    for one in (*readers, *erasers):
        one.start()
    for one in erasers:
        one.join()
    ends.set()
    for one in readers:
        one.join()
    assert wrong == []
    assert n_events() == 6


def other_session() -> psycopg.Connection:
    given = connection.get_connection_params()
    wanted = {
        name: given[name]
        for name in ("dbname", "user", "host", "port")
        if name in given
    }
    return psycopg.connect(**wanted, application_name="forgotten psql")


def test_freshness_tells_the_truth_while_a_transaction_is_open(
    shop: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(history.refresh.__globals__, "HELD_SECONDS", 0.0)
    with other_session() as other:
        other.execute("SELECT txid_current()")
        since = real_now()
        make_event(shop[0], at=T)
        history.refresh()
        told = history.freshness()
        assert n_events() == 8  # the new fact is not in
        assert told.facts_until <= since
        assert told.refreshed_at > since
        assert "forgotten psql" in told.held_by
        monkeypatch.setattr(
            "campaigns.delivery.alerting.data_alarms.LONGEST_HOLD", timedelta(0)
        )
        assert any("forgotten psql" in alarm.words for alarm in history_lags())
        other.rollback()
    history.refresh()
    assert n_events() == 9
    assert history.freshness().facts_until > since
    assert history.freshness().held_by == ""
