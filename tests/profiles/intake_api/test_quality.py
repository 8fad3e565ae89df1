"""How good the facts of each source are, and that counting them as they come is exact."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from profiles.intake import imports
from profiles.intake.quarantine.replay import replay
from profiles.intake.sources import source_stats
from profiles.intake.sources.source_quality import quality
from profiles.intake.tracking import take
from profiles.models import Event, QuarantinedRow, SourceDay
from retention_site.lib.clock import now, shop_zone

pytestmark = pytest.mark.django_db


def view(n: int, **message):
    properties = message.pop("properties", {"product_id": "p1"})
    return {
        "type": "track",
        "event": "view",
        "userId": "anna",
        "messageId": f"m{n}",
        "properties": properties,
    } | message


def today():
    return now().astimezone(shop_zone()).date()


def test_received_is_stored_and_duplicates_and_quarantined():
    take(
        [view(1), view(2), view(3, properties={}), view(4, properties={})], source="web"
    )
    take(
        [view(1), view(2), view(5, timestamp="2199-01-01"), view(6, userId=None)],
        source="web",
    )
    take([view(7)], source="app")
    web, app = quality(today())
    assert (web.source, web.received, web.stored, web.duplicates, web.quarantined) == (
        "web",
        8,
        4,
        2,
        2,
    )
    assert web.reasons == {
        ("messages", "timestamp", "future time"): 1,
        ("messages", "userId", "missing"): 1,
    }
    assert web.missing == {"item_id": 0.5, "session_id": 1.0}
    assert web.last_received_at >= web.last_happened_at
    assert (web.by_day[today()].received, web.n_waiting) == (8, 2)
    assert (app.received, app.stored) == (1, 1)
    assert quality(today() + timedelta(days=1)) == []


def test_a_row_put_right_counts_among_the_stored():
    take([view(1, timestamp="2199-01-01")], source="web")
    row = QuarantinedRow.objects.get()
    replay(row, row.row | {"timestamp": now().isoformat()})
    (web,) = quality(today())
    assert (web.received, web.stored, web.quarantined) == (1, 1, 0)


def test_a_file_counts_what_it_brought(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,email\nanna,anna@shop.example\nbert,nonsense\n")
    for _ in range(2):
        imports.load("customers", path)
    (file,) = quality(today())
    assert (file.received, file.stored, file.duplicates, file.quarantined) == (
        3,
        1,
        1,
        1,
    )
    assert file.kinds == {"customers": 1}


@pytest.mark.django_db(transaction=True)
def test_the_count_is_exact_while_transactions_are_open_and_after_them():
    take([view(n) for n in range(5)], source="web")
    stored, may_commit = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                take([view(n) for n in range(100, 103)], source="web")
                stored.set()
                may_commit.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert stored.wait(20)
    take([view(n) for n in range(200, 202)], source="web")
    # counts up to the transaction that is still open, and no further
    source_stats.tally()
    assert quality(today())[0].stored == 7
    may_commit.set()
    thread.join()
    assert quality(today())[0].stored == 10, "committed late, seen at once"
    source_stats.tally()
    source_stats.tally()
    assert quality(today())[0].stored == 10 == Event.objects.count()
    assert sum(SourceDay.objects.values_list("n", flat=True)) == 10, (
        "all of it is counted for good"
    )


@pytest.mark.django_db(transaction=True)
def test_a_restored_database_is_counted_anew():
    take([view(n) for n in range(5)], source="web")
    source_stats.tally()
    # as if transactions had begun again at low numbers
    source_stats.TallyMark.objects.update(watermark=source_stats.END - 1)
    source_stats.tally()
    take([view(9)], source="web")
    assert quality(today())[0].stored == 6
