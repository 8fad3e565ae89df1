"""A quarantined row is put right by hand and taken in."""

import uuid

import pytest

from profiles.intake.quarantine.replay import NotReplayable, replay
from profiles.intake.tracking import take
from profiles.models import Consent, Customer, Event, Item, QuarantinedRow

pytestmark = pytest.mark.django_db


def quarantined(kind: str, row: dict, column: str = "x") -> QuarantinedRow:
    return QuarantinedRow.objects.create(
        key=uuid.uuid4(), source="s", kind=kind, column=column, reason="r", row=row
    )


def test_message_put_right_is_stored_once():
    take(
        [
            {
                "type": "track",
                "event": "view",
                "userId": "anna",
                "timestamp": "2199-01-01T00:00:00Z",
            }
        ],
        source="web",
    )
    row = QuarantinedRow.objects.get()
    still_wrong = replay(row, row.row | {"timestamp": "2025-13-01T00:00:00Z"})
    assert (still_wrong.column, still_wrong.reason) == ("timestamp", "impossible date")
    assert QuarantinedRow.objects.get().resolved_at is None
    for _ in range(2):
        assert replay(row, row.row | {"timestamp": "2025-01-01T00:00:00Z"}) is None
    assert Event.objects.get().at.year == 2025
    assert QuarantinedRow.objects.get().resolved_at is not None
    assert QuarantinedRow.objects.count() == 1


def test_rows_of_files_put_right_are_stored():
    customer = {
        "customer_id": "anna",
        "email": "anna@shop.example",
        "region": "",
        "shoe_size": "38",
    }
    assert replay(quarantined("customers", {}), customer) is None
    anna = Customer.objects.get()
    assert (anna.email, anna.traits) == ("anna@shop.example", {"shoe_size": "38"})
    event = {
        "customer_id": "anna",
        "type": "purchase",
        "at": "2025-01-01",
        "item_id": "p1",
        "price": "2.5",
        "till": "3",
    }
    assert replay(quarantined("events", {}), event) is None
    assert Event.objects.values_list(
        "type", "quantity", "price", "properties"
    ).get() == (
        "purchase",
        1,
        2.5,
        {"till": "3"},
    )
    consent = {
        "customer_id": "anna",
        "channel": "email",
        "status": "yes",
        "at": "2025-01-01",
    }
    assert replay(quarantined("consents", {}), consent) is None
    assert Consent.objects.get().status == "granted"
    assert replay(quarantined("items", {}), {"item_id": "p2", "price": "1"}) is None
    assert Item.objects.filter(external_id="p2", price=1).exists()


def test_what_is_still_wrong_is_said():
    assert (
        replay(
            quarantined("events", {}),
            {"customer_id": "anna", "type": "view", "at": "soon"},
        ).reason
        == "not a time"
    )
    assert replay(quarantined("items", {}), {"title": "Bread"}).column == "item_id"
    with pytest.raises(NotReplayable):
        replay(quarantined("campaigns", {}), {})
