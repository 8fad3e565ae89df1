"""Events are stored once for ever, in any order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from profiles.intake.ingest import EventIn, ingest
from profiles.models import Customer, Event, QuarantinedRow
from profiles.signals import events_recorded
from retention_site.lib.clock import now
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def purchase(event_id: str, customer: int | str = "anna", **facts) -> EventIn:
    return EventIn(
        customer,
        "purchase",
        now() - timedelta(hours=1),
        event_id,
        quantity=Decimal(2),
        **facts,
    )


def test_same_event_is_stored_once_for_ever():
    first = ingest([purchase("m1"), purchase("m2")], source="web")
    again = ingest([purchase("m2"), purchase("m1"), purchase("m3")], source="web")
    assert (first.stored, first.duplicates) == (2, 0)
    assert (again.stored, again.duplicates) == (1, 2)
    assert Event.objects.count() == 3


def test_event_twice_in_one_batch_is_stored_once():
    assert ingest([purchase("m1"), purchase("m1")], source="web").duplicates == 1


def test_unknown_customer_gets_a_bare_row_and_a_known_one_keeps_his():
    known = make_customer(external_id="anna")
    ingest(
        [purchase("m1"), purchase("m2", "bert"), purchase("m3", known.pk)], source="web"
    )
    assert (
        list(
            Event.objects.order_by("id").values_list("customer__external_id", flat=True)
        ).count("anna")
        == 2
    )
    assert Customer.objects.filter(external_id="bert").exists()


def test_bad_event_is_put_aside_and_the_others_are_stored():
    future = replace(purchase("m2"), at=now() + timedelta(days=1), line=1)
    done = ingest([purchase("m1"), future, purchase("m3", text="a\0b")], source="web")
    assert (done.stored, done.quarantined) == (1, 2)
    assert [(bad.line, bad.column, bad.reason) for bad in done.refused] == [
        (1, "at", "future time"),
        (None, "text", "broken characters"),
    ]
    assert set(QuarantinedRow.objects.values_list("column", flat=True)) == {
        "at",
        "text",
    }


def test_negative_quantity_is_a_return():
    ingest([replace(purchase("m1"), quantity=Decimal(-1))], source="web")
    assert Event.objects.get().type == "return"


def test_new_events_are_announced_on_commit_and_old_ones_are_not(
    django_capture_on_commit_callbacks,
):
    heard = []
    listen = lambda events, **_: heard.extend(one.event.event_id for one in events)  # noqa: E731
    events_recorded.connect(listen)
    try:
        for ids in (["m1", "m2"], ["m2", "m3"]):
            with django_capture_on_commit_callbacks(execute=True):
                ingest([purchase(one) for one in ids], source="web")
    finally:
        events_recorded.disconnect(listen)
    assert sorted(heard) == ["m1", "m2", "m3"]


def test_number_of_queries_does_not_grow_with_the_batch(django_assert_max_num_queries):
    events = [
        purchase(f"m{i}", f"c{i % 50}", properties={"colour": "red"})
        for i in range(500)
    ]
    with django_assert_max_num_queries(6):
        assert ingest(events, source="web").stored == 500
