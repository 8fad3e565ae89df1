"""Segment's libraries for browsers and phones: short addresses, plain text, the key in
the body.
"""

import json
from datetime import timedelta

import pytest
from django.test import Client

from profiles.models import ApiKey, Customer, Event, Item, QuarantinedRow
from retention_site.lib.clock import now, real_now
from tests.factories import make_item

pytestmark = pytest.mark.django_db
VIEWED = {
    "type": "track",
    "event": "Product Viewed",
    "userId": "a1",
    "properties": {"product_id": "p1"},
}


@pytest.fixture
def send():
    """Post as a browser does: plain text, no header with a key."""
    secret = ApiKey.make("write", name="shop front")[1]

    def post(path: str, body: dict, *, key: str = secret, **headers):
        text = json.dumps(body | ({"writeKey": key} if key else {}))
        return Client(raise_request_exception=False).generic(
            "POST", path, text, "text/plain", headers=headers
        )

    return post


@pytest.mark.parametrize("path", ["/v1/t", "/v1/track"])
def test_the_browser_library_says_its_key_in_the_body(send, path):
    answer = send(path, VIEWED | {"messageId": "a1-m1"})
    assert (answer.status_code, answer.json()["stored"]) == (200, 1)
    event = Event.objects.get()
    assert (event.type, event.source, event.properties) == ("view", "shop front", None)


@pytest.mark.parametrize("path", ["/v1/b", "/v1/batch"])
def test_the_libraries_of_phones_send_batches(send, path):
    body = {
        "batch": [VIEWED | {"messageId": "a1-m1"}],
        "sentAt": real_now().isoformat(),
    }
    assert send(path, body).json()["stored"] == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/i", {"userId": "a1", "traits": {"email": "a@post.example"}}),
        ("/v1/p", {"anonymousId": "x", "name": "Home"}),
        ("/v1/s", {"anonymousId": "x", "name": "Home"}),
        ("/v1/g", {"userId": "a1", "groupId": "g1"}),
        ("/v1/a", {"userId": "a1", "previousId": "x"}),
    ],
)
def test_every_short_address(send, path, body):
    assert send(path, body).status_code == 200


def test_a_wrong_key_in_the_body_opens_nothing(send):
    assert send("/v1/t", VIEWED, key="rapport_write_nonsense").status_code == 401
    assert send("/v1/t", VIEWED, key="").status_code == 401
    assert send("/v1/t", VIEWED, Authorization="Bearer nonsense").status_code == 401
    assert send("/v1/t", VIEWED, key=ApiKey.make("read")[1]).status_code == 403
    assert not Event.objects.exists()


def test_the_key_is_not_kept_with_what_is_put_aside(send):
    assert send("/v1/t", VIEWED | {"userId": None}).status_code == 422
    assert "writeKey" not in QuarantinedRow.objects.get().row


def test_a_page_of_the_shop_asks_before_it_calls(send, settings):
    settings.CORS_ORIGINS = ["https://shop.example/"]
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = Client().options("/v1/t", headers=asked)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (
        204,
        "https://shop.example",
    )
    assert "content-type" in answer["Access-Control-Allow-Headers"].lower()
    assert (
        send("/v1/t", VIEWED, Origin="https://shop.example")[
            "Access-Control-Allow-Origin"
        ]
        == asked["Origin"]
    )
    stranger = send("/v1/t", VIEWED, Origin="https://other.example", key="x")
    assert (stranger.status_code, "Access-Control-Allow-Origin" in stranger) == (
        401,
        False,
    )
    assert "Access-Control-Allow-Origin" not in Client().options(
        "/v1/t", headers=asked | {"Origin": "null"}
    )


def test_no_other_page_may_call_where_nothing_is_set(send, settings):
    settings.CORS_ORIGINS = []
    assert "Access-Control-Allow-Origin" not in send(
        "/v1/t", VIEWED, Origin="https://shop.example"
    )


def test_a_batch_that_says_it_was_sent_two_weeks_ago_keeps_its_times(send):
    """A phone that tries again says its old sentAt: our own correction must not put an
    hour ago into the future.
    """
    at = real_now() - timedelta(hours=1)
    body = {
        "sentAt": (real_now() - timedelta(days=14)).isoformat(),
        "batch": [VIEWED | {"timestamp": at.isoformat()}],
    }
    assert send("/v1/batch", body).json()["stored"] == 1
    assert abs(Event.objects.get().at - at) < timedelta(seconds=1)


def test_a_wrong_clock_is_still_put_right(send):
    behind = real_now() - timedelta(days=14)
    happened = (behind - timedelta(hours=1)).isoformat()
    send(
        "/v1/batch",
        {"sentAt": behind.isoformat(), "batch": [VIEWED | {"timestamp": happened}]},
    )
    assert abs(Event.objects.get().at - (now() - timedelta(hours=1))) < timedelta(
        minutes=1
    )


def test_what_a_first_and_a_second_identify_come_to(writer):
    said = {
        "userId": "a1",
        "traits": {"firstName": "Ann"},
        "messageId": "i1",
        "timestamp": "2025-01-01T00:00:00Z",
    }
    counts = [
        writer.post("/v1/identify", body).json()
        for body in (said, said, said | {"traits": {"firstName": "An"}})
    ]
    assert [(one["stored"], one["updated"], one["duplicates"]) for one in counts] == [
        (1, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
    ]


def test_a_customer_who_is_only_named_is_stored_once(writer):
    counts = [
        writer.post("/v1/identify", {"userId": "a1", "anonymousId": "x"}).json()
        for _ in range(2)
    ]
    assert [(one["stored"], one["duplicates"]) for one in counts] == [(1, 0), (0, 1)]
    writer.post("/v1/track", VIEWED | {"userId": None, "anonymousId": "y"})
    joined = [
        writer.post("/v1/alias", {"userId": "a1", "previousId": "y"}).json()
        for _ in range(2)
    ]
    assert [(one["updated"], one["duplicates"]) for one in joined] == [(1, 0), (0, 1)]
    assert Customer.objects.known().count() == 1


def test_an_item_is_taken_off_sale(writer):
    make_item(external_id="p1")
    assert writer("DELETE", "/v1/items/p1").status_code == 204
    assert writer("DELETE", "/v1/items/p1").status_code == 204
    assert not Item.objects.get(external_id="p1").available
    assert writer("DELETE", "/v1/items/p2").status_code == 404
    writer.put("/v1/items/p1", {"available": True})
    assert Item.objects.get(external_id="p1").available
