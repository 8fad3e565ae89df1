"""The history: whole, as of a time, in step with PostgreSQL, and never half seen."""

import multiprocessing
import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from profiles import history
from profiles.history import manifest, parts
from profiles.models import Customer, Event, HistoryState
from retention_site.lib.clock import now
from tests.factories import (
    make_consent,
    make_customer,
    make_event,
    make_item,
    make_portrait,
    make_score,
)

pytestmark = pytest.mark.django_db(transaction=True)
T = datetime(2024, 5, 1, 12, tzinfo=UTC)


def n_events(**moments: datetime) -> int:
    return (
        history.tables(**moments)
        .run("SELECT count(*) AS n FROM events")["n"][0]
        .as_py()
    )


def test_every_fact_is_there_with_its_columns() -> None:
    customer, item = make_customer(region="east", traits={"tier": "gold"}), make_item()
    make_event(
        customer,
        at=T,
        item_id=item.external_id,
        quantity=3,
        price="1.25",
        discount="0.5",
        text='say "x"\n,y',
    )
    make_event(customer, "view", at=T + timedelta(days=40), properties={"page": "ä"})
    make_consent(customer)
    make_portrait(customer, recency_days=3.5, favourite="Bread")
    make_score(customer, value=0.25)
    history.refresh()
    found = history.tables()
    bought, viewed = found.run("SELECT * FROM events ORDER BY happened_at").to_pylist()
    assert (bought["customer"], bought["happened_at"], bought["revenue"]) == (
        customer.pk,
        T,
        3.75,
    )
    assert (bought["quantity"], bought["discount"], bought["text"]) == (
        3.0,
        0.5,
        'say "x"\n,y',
    )
    assert (viewed["type"], viewed["quantity"], viewed["properties"]) == (
        "view",
        None,
        '{"page": "ä"}',
    )
    row = found.run("SELECT customer_id, region, traits FROM customers").to_pylist()[0]
    assert row == {
        "customer_id": customer.external_id,
        "region": "east",
        "traits": '{"tier": "gold"}',
    }
    assert (
        found.run("SELECT category, price, available FROM items").to_pylist()[0][
            "price"
        ]
        == 2.99
    )
    assert found.run("SELECT channel, status FROM consents").to_pylist() == [
        {"channel": "email", "status": "granted"}
    ]
    assert found.run("SELECT recency_days, favourite FROM portraits").to_pylist() == [
        {"recency_days": 3.5, "favourite": "Bread"}
    ]
    assert found.scores.value.sum().execute() == 0.25


def test_an_empty_shop_has_an_empty_history() -> None:
    history.refresh()
    assert n_events() == 0
    assert history.tables().customers.count().execute() == 0


def test_only_what_had_happened_and_was_known_is_seen() -> None:
    customer = make_customer(signed_up_at=T)
    make_event(customer, at=T, received_at=T)
    make_event(customer, at=T + timedelta(days=1), received_at=T + timedelta(days=9))
    history.refresh()
    assert n_events(as_of=T) == 0
    assert n_events(as_of=T + timedelta(seconds=1)) == 1
    assert n_events(as_of=T + timedelta(days=2)) == 2
    assert n_events(as_of=T + timedelta(days=2), known_at=T + timedelta(days=8)) == 1
    assert history.tables(as_of=T).customers.count().execute() == 0


def test_a_second_refresh_adds_only_what_is_new() -> None:
    customer = make_customer()
    make_event(customer, at=T)
    history.refresh()
    first = {part.path for part in manifest.load().parts}
    make_event(customer, at=T)
    history.refresh()
    assert n_events() == 2
    assert first < {part.path for part in manifest.load().parts}
    before = manifest.load()
    history.refresh()
    # nothing changed, nothing was read again
    assert manifest.load().snapshots == before.snapshots


def test_a_late_commit_is_never_skipped() -> None:
    """Two open transactions: the one that began first commits last, after a refresh."""
    customer = make_customer()
    conninfo = connection.get_connection_params()
    wanted = {
        name: conninfo[name]
        for name in ("dbname", "user", "host", "port")
        if name in conninfo
    }
    insert = (
        "INSERT INTO profiles_event (key, customer_id, type, happened_at, source) "
        f"VALUES (gen_random_uuid(), {customer.pk}, %s, '2024-01-01', '')"
    )
    with psycopg.connect(**wanted) as early, psycopg.connect(**wanted) as late:
        early.execute(insert, ["early"])
        late.execute(insert, ["late"])
        late.commit()
        history.refresh()
        seen_between = n_events()
        early.commit()
    history.refresh()
    types = (
        history.tables()
        .run("SELECT type FROM events ORDER BY type")["type"]
        .to_pylist()
    )
    assert (seen_between, types) == (0, ["early", "late"])


def test_a_change_committed_while_another_is_open_is_seen() -> None:
    customer = make_customer(region="east")
    history.refresh()
    conninfo = connection.get_connection_params()
    wanted = {
        name: conninfo[name]
        for name in ("dbname", "user", "host", "port")
        if name in conninfo
    }
    with psycopg.connect(**wanted) as other:
        other.execute(
            "UPDATE profiles_customer SET region = 'west' WHERE id = %s", [customer.pk]
        )
        history.refresh()
        assert history.tables().customers.region.max().execute() == "east"
        other.commit()
    history.refresh()
    assert history.tables().customers.region.max().execute() == "west"


def test_merged_customers_are_one_and_come_apart_again() -> None:
    one, other = make_customer(), make_customer()
    make_event(one, at=T)
    make_event(other, at=T)
    Customer.objects.filter(pk=other.pk).update(merged_into=one)
    history.refresh()
    assert history.tables().run("SELECT DISTINCT customer FROM events")[
        "customer"
    ].to_pylist() == [one.pk]
    assert history.tables().customers.count().execute() == 1
    Customer.objects.filter(pk=other.pk).update(merged_into=None)
    history.refresh()
    assert len(history.tables().run("SELECT DISTINCT customer FROM events")) == 2


def test_many_small_parts_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_PARTS", 3)
    customer = make_customer()
    for n in range(5):
        make_event(customer, at=T + timedelta(hours=n))
        history.refresh()
    assert len(manifest.load().parts) < 5
    assert n_events() == 5


def reads_until(begun: Any, stop: Any, counts: Any) -> None:
    """Another process: how many events it sees, again and again."""
    kept = connection.connection  # closing it here would end the parent's session
    connection.connection = None
    seen = [n_events()]
    begun.set()
    while not stop.is_set():
        seen.append(n_events())
    seen.append(n_events())
    counts.put(seen)
    counts.close()
    counts.join_thread()
    del kept
    os._exit(0)  # not by way of this process's database and tests


def test_another_process_that_reads_while_it_is_refreshed_sees_a_whole_history() -> (
    None
):
    customer = make_customer()
    make_event(customer, at=T)
    history.refresh()
    opened = history.tables()
    forked = multiprocessing.get_context("fork")
    begun, stop, counts = forked.Event(), forked.Event(), forked.Queue()
    reader = forked.Process(target=reads_until, args=(begun, stop, counts))
    reader.start()
    assert begun.wait(30)
    for _n in range(6):
        Event.objects.bulk_create(
            Event(
                key=f"00000000-0000-0000-0000-{_n:06}{i:06}",
                customer=customer,
                type="view",
                at=T,
            )
            for i in range(50)
        )
        history.refresh()
    stop.set()
    seen = counts.get(timeout=30)
    reader.join(30)
    assert set(seen) <= {1 + 50 * n for n in range(7)}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (1, 301)
    # what was opened stays as it was
    assert opened.run("SELECT count(*) AS n FROM events")["n"][0].as_py() == 1


def test_a_lost_folder_is_made_anew() -> None:
    make_event(make_customer(), at=T)
    history.refresh()
    shutil.rmtree(manifest.folder())
    history.refresh()
    assert n_events() == 1


def test_a_history_of_another_database_is_not_believed() -> None:
    make_event(make_customer(), at=T)
    history.refresh()
    HistoryState.objects.all().delete()
    Event.objects.all().delete()
    history.refresh()
    assert n_events() == 0


def test_a_forgotten_customer_is_in_no_file_any_more() -> None:
    gone, stays = make_customer(), make_customer()
    for customer in (gone, stays):
        make_event(customer, at=T, text=f"words of {customer.external_id}")
    make_event(stays, at=T + timedelta(days=60))
    history.refresh()
    Event.objects.filter(customer=gone).delete()
    Customer.objects.filter(pk=gone.pk).update(email="", erased_at=now())
    assert history.forget([gone.pk]) == 1
    assert history.tables().run("SELECT DISTINCT customer FROM events")[
        "customer"
    ].to_pylist() == [stays.pk]
    assert n_events() == 2
    left = b"".join(
        path.read_bytes() for path in manifest.folder().rglob("*") if path.is_file()
    )
    assert f"words of {gone.external_id}".encode() not in left
    assert gone.email.encode() not in left
    history.refresh()
    assert n_events() == 2


def test_notes_of_changes_are_dropped_once_they_are_read() -> None:
    for _n in range(3):
        make_event(make_customer())
        history.refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM profiles_history_change")
        assert cursor.fetchone()[0] <= 4


def test_refreshers_take_turns() -> None:
    conninfo = connection.get_connection_params()
    wanted = {
        name: conninfo[name]
        for name in ("dbname", "user", "host", "port")
        if name in conninfo
    }
    history.refresh()
    before = manifest.load().refreshed_at
    with psycopg.connect(**wanted) as other:
        other.execute(
            "SELECT pg_advisory_lock(%s)", [history.refresh.__globals__["LOCK"]]
        )
        history.refresh(wait=False)
        assert manifest.load().refreshed_at == before


def test_times_of_receipt_are_the_shops_even_when_its_clock_is_set_back(
    settings,
) -> None:
    from retention_site.lib import clock

    settings.SHOP_CLOCK = "2020-06-01T10:00Z"
    clock._offset.cache_clear()
    try:
        # the database's clock: today
        make_event(
            make_customer(signed_up_at=None), at=datetime(2020, 5, 1, tzinfo=UTC)
        )
        history.refresh()
        moment = now() + timedelta(minutes=1)
        assert n_events(known_at=moment) == 1
        assert history.tables(known_at=moment).customers.count().execute() == 1
        assert (
            history.tables(known_at=now() - timedelta(days=1))
            .customers.count()
            .execute()
            == 0
        )
    finally:
        clock._offset.cache_clear()


def test_the_command_says_how_old_it_is(capsys) -> None:
    make_event(make_customer(), at=T)
    call_command("history", "rebuild", "--json")
    call_command("history", "status", "--json")
    assert '"n_events": 1' in capsys.readouterr().out
