"""The catalogue by API."""

from decimal import Decimal

from profiles.models import Item, QuarantinedRow


def test_put_makes_and_changes_only_what_is_named(writer):
    first = writer.put(
        "/v1/items/p1",
        {"title": "Oat bread", "price": "2.99", "currency": "usd", "gluten": False},
    )
    assert first.json() == {"stored": 1, "updated": 0, "unchanged": 0, "failed": []}
    second = writer.put("/v1/items/p1", {"price": 3.49, "available": "no", "shelf": 4})
    assert second.json()["updated"] == 1
    assert writer.put("/v1/items/p1", {"price": 3.49}).json()["unchanged"] == 1
    item = Item.objects.get()
    assert (item.title, item.price, item.currency, item.available) == (
        "Oat bread",
        Decimal("3.49"),
        "USD",
        False,
    )
    assert item.attributes == {"gluten": False, "shelf": 4}


def test_batch_stores_the_good_and_names_the_bad(writer):
    items = [
        {"item_id": "p1", "category": "Bakery > Bread"},
        {"title": "x"},
        {"item_id": "p3", "price": "dear"},
        7,
    ]
    said = writer.post("/v1/items/batch", items).json()
    assert (
        said["stored"],
        [(bad["index"], bad["field"]) for bad in said["failed"]],
    ) == (
        1,
        [(1, "item_id"), (2, "price"), (3, "item")],
    )
    assert Item.objects.get().category == "Bakery>Bread"
    assert QuarantinedRow.objects.filter(kind="items").count() == 3


def test_item_met_in_an_event_is_described_later(writer):
    writer.post(
        "/v1/track",
        {
            "userId": "anna",
            "event": "Product Viewed",
            "properties": {"product_id": "p1"},
        },
    )
    assert writer.put("/v1/items/p1", {"title": "Oat bread"}).json()["updated"] == 1
    assert Item.objects.get().title == "Oat bread"


def test_bad_item_is_a_problem(writer):
    answer = writer.put("/v1/items/p1", {"currency": "pounds"})
    assert (answer.status_code, answer.json()["failed"][0]["reason"]) == (
        422,
        "unknown currency",
    )
