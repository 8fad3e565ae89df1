"""What the Segment calls store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from profiles.models import Customer, Device, Event, Item, QuarantinedRow
from retention_site.lib.clock import now

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def track(event: str, **message):
    return {
        "type": "track",
        "userId": "anna",
        "event": event,
        "messageId": "m1",
        "timestamp": AT.isoformat(),
    } | message


def facts(*names: str) -> list[tuple]:
    return list(Event.objects.order_by("id").values_list(*names))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product Viewed", "view"),
        ("Products Searched", "search"),
        ("Product Added", "cart"),
        ("Product Reviewed", "review"),
        ("Checkout Started", "Checkout Started"),
        ("view", "view"),
        ("Newsletter Opened ☂", "Newsletter Opened ☂"),
    ],
)
def test_names_of_the_spec_become_our_kinds_and_others_are_kept(writer, name, kind):
    assert writer.post("/v1/track", track(name)).json() == {
        "success": True,
        "stored": 1,
        "updated": 0,
        "duplicates": 0,
        "failed": [],
        "warnings": [],
    }
    assert facts("type") == [(kind,)]


def test_view_names_its_item_and_keeps_the_rest(writer):
    writer.post(
        "/v1/track",
        track(
            "Product Viewed",
            properties={
                "product_id": "p1",
                "price": 2.99,
                "currency": "eur",
                "colour": "red",
            },
        ),
    )
    assert facts("item_id", "price", "currency", "properties", "at") == [
        ("p1", Decimal("2.99"), "EUR", {"colour": "red"}, AT)
    ]
    assert Item.objects.get().external_id == "p1"


def test_search_and_review_keep_their_words(writer):
    writer.post(
        "/v1/track", track("Products Searched", properties={"query": " oat  bread "})
    )
    review = {"product_id": "p1", "review_body": "Crisp.", "rating": "5"}
    writer.post(
        "/v1/track", track("Product Reviewed", messageId="m2", properties=review)
    )
    assert facts("type", "text", "item_id") == [
        ("search", "oat  bread", None),
        ("review", "Crisp.", "p1"),
    ]


def order(**properties):
    products = [
        {"product_id": "p1", "price": 10, "quantity": 2, "brand": "Mill"},
        {"product_id": "p2", "price": "5.00"},
    ]
    return track(
        "Order Completed",
        properties={"order_id": "o1", "currency": "USD", "products": products}
        | properties,
    )


def test_order_gives_one_purchase_per_product_and_its_lines_are_known_again(writer):
    assert writer.post("/v1/track", order()).json()["stored"] == 2
    assert writer.post("/v1/track", order()).json()["duplicates"] == 2
    assert facts("type", "order_id", "item_id", "quantity", "price", "currency") == [
        ("purchase", "o1", "p1", 2, 10, "USD"),
        ("purchase", "o1", "p2", 1, 5, "USD"),
    ]


def test_discount_on_the_whole_order_is_spread_over_its_lines(writer):
    writer.post("/v1/track", order(discount=5, coupon="SPRING"))
    assert facts("price", "discount", "coupon_code") == [
        (8, 4, "SPRING"),
        (4, 1, "SPRING"),
    ]


def test_prices_that_add_up_to_what_was_paid_are_what_was_charged(writer):
    writer.post("/v1/track", order(discount=5, subtotal=25))
    assert facts("price") == [(10,), (5,)]


def test_order_without_products_keeps_its_money(writer):
    writer.post(
        "/v1/track",
        track(
            "Order Completed", properties={"order_id": "o1", "revenue": 25, "total": 30}
        ),
    )
    assert facts("type", "quantity", "price", "item_id") == [("purchase", 1, 25, None)]


def test_refund_counts_below_zero(writer):
    writer.post("/v1/track", order() | {"event": "Order Refunded"})
    assert facts("type", "quantity") == [("return", -2), ("return", -1)]


def test_pages_and_screens_are_events(writer):
    writer.post(
        "/v1/page",
        {
            "userId": "anna",
            "name": "Home",
            "properties": {"url": "https://shop.example/"},
        },
    )
    writer.post("/v1/screen", {"userId": "anna", "name": "Cart"})
    assert facts("type", "properties") == [
        ("page", {"url": "https://shop.example/", "name": "Home"}),
        ("screen", {"name": "Cart"}),
    ]


def test_identify_cleans_what_it_states(writer):
    traits = {
        "email": " Anna@SHOP.example ",
        "phone": "030 901820",
        "firstName": "Anna",
        "birthday": "1980-02-29",
        "address": {"country": "DE", "state": "Berlin"},
        "createdAt": "2024-01-01T00:00:00Z",
        "shoe_size": 38,
    }
    answer = writer.post(
        "/v1/identify",
        {"userId": "anna", "traits": traits, "context": {"timezone": "Europe/Berlin"}},
    )
    assert answer.status_code == 200, answer.json()
    anna = Customer.objects.get(external_id="anna")
    assert (anna.email, anna.phone, anna.first_name) == (
        "Anna@shop.example",
        "+4930901820",
        "Anna",
    )
    assert (anna.country, anna.region, anna.time_zone) == (
        "DE",
        "Berlin",
        "Europe/Berlin",
    )
    assert anna.traits["shoe_size"] == 38
    assert str(anna.birth_date) == "1980-02-29"


def test_group_and_device_are_remembered(writer):
    writer.post(
        "/v1/group", {"userId": "anna", "groupId": "club", "traits": {"plan": "gold"}}
    )
    writer.post(
        "/v1/track",
        track("Application Opened", context={"device": {"id": "d1", "token": "fcm-1"}}),
    )
    assert Customer.objects.get(external_id="anna").traits == {
        "group_id": "club",
        "group_plan": "gold",
    }
    assert Device.objects.get().token == "fcm-1"


def test_wrong_clock_of_a_sender_is_put_right(writer):
    sender_now = now() + timedelta(hours=3)
    writer.post(
        "/v1/track",
        track(
            "view",
            timestamp=(sender_now - timedelta(minutes=10)).isoformat(),
            sentAt=sender_now.isoformat(),
        ),
    )
    assert abs(Event.objects.get().at - (now() - timedelta(minutes=10))) < timedelta(
        seconds=30
    )


def test_time_is_kept_exactly_when_clocks_agree(writer):
    writer.post("/v1/track", track("view", sentAt=now().isoformat()))
    assert Event.objects.get().at == AT


def test_live_event_on_a_shop_clock_set_back_happens_now_there(writer, settings):
    settings.SHOP_CLOCK = "2017-12-04T10:00+00:00"
    from retention_site.lib.clock import real_now

    writer.post(
        "/v1/track",
        track("view", timestamp=real_now().isoformat(), sentAt=real_now().isoformat()),
    )
    assert abs(Event.objects.get().at - now()) < timedelta(minutes=1)
    assert now().year == 2017


def test_batch_stores_the_good_and_names_the_bad(writer):
    messages = [
        track("view", messageId="m1"),
        track("view", messageId="m2", userId=None),
        track("view", messageId="m3", timestamp="2199-01-01T00:00:00Z"),
        "nonsense",
        track("view", messageId="m5", properties={"price": "a lot"}),
        track("view", messageId="m6"),
    ]
    answer = writer.post("/v1/batch", {"batch": messages})
    assert answer.status_code == 200
    said = answer.json()
    assert said["stored"] == 2
    assert [
        (bad["index"], bad["messageId"], bad["field"], bad["reason"])
        for bad in said["failed"]
    ] == [
        (1, "m2", "userId", "missing"),
        (2, "m3", "timestamp", "future time"),
        (3, "", "message", "not an object"),
        (4, "m5", "price", "not a number"),
    ]
    assert sorted(
        QuarantinedRow.objects.values_list("source", "line", "column", "reason")
    )[0] == (
        "web shop",
        1,
        "userId",
        "missing",
    )
    assert QuarantinedRow.objects.count() == 4
    writer.post("/v1/batch", {"batch": messages})
    assert QuarantinedRow.objects.count() == 4, "the same bad rows are listed once"


def test_batch_shares_its_context(writer):
    writer.post(
        "/v1/batch",
        {
            "context": {"traits": {"email": "anna@shop.example"}},
            "batch": [track("view")],
        },
    )
    assert Customer.objects.get().email == "anna@shop.example"


def test_single_bad_call_says_what_is_wrong(writer):
    answer = writer.post(
        "/v1/identify", {"userId": "anna", "traits": {"email": "nobody"}}
    )
    assert answer.status_code == 422
    assert answer.json()["failed"] == [
        {"index": 0, "id": "", "field": "email", "reason": "invalid e-mail"}
    ]
    assert not Customer.objects.exists()


def test_late_and_out_of_order_events_are_stored_when_they_happened(writer):
    days = [5, 1, 3]
    messages = [
        track("view", messageId=f"m{day}", timestamp=(AT + timedelta(day)).isoformat())
        for day in days
    ]
    writer.post("/v1/batch", {"batch": messages})
    assert [at for (at,) in facts("at")] != sorted(at for (at,) in facts("at"))
    assert {at.day for (at,) in facts("at")} == {6, 2, 4}
