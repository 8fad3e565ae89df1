"""Whatever is sent, the answer is never a fault of ours, and nothing is half-stored."""

import gzip
import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import ApiKey, Customer, Event, Item, QuarantinedRow

pytestmark = pytest.mark.django_db
HEAD = b'{"userId":"anna","messageId":"m1","event":"view","properties":{"x":'
CALLS = ["identify", "track", "page", "screen", "group", "alias", "batch"]
SLOWLY = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def post(client):
    """Post raw bytes with a write key; returns the answer, never an exception."""
    client.raise_request_exception = False
    secret = ApiKey.make("write")[1]

    def send(call: str, body: bytes, **headers):
        headers = {"Authorization": f"Bearer {secret}"} | headers
        return client.post(
            f"/v1/{call}", body, content_type="application/json", headers=headers
        )

    return send


def n_rows() -> tuple[int, ...]:
    return tuple(
        model.objects.count() for model in (Event, Customer, Item, QuarantinedRow)
    )


@pytest.mark.parametrize(
    "value",
    [
        b'"a\\u0000b"',
        b'"\\ud800"',
        b'"\\udfff\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\x00"',
        b'"open',
        b"01",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"-1e400",
        b"1" * 5000,
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"nul",
        b"{'a':1}",
    ],
    ids=lambda value: repr(value[:14]),
)
def test_what_is_no_strict_json_is_refused_before_anything_is_stored(post, value):
    body = HEAD + value + b"}}"
    for call in CALLS:
        answer = post(call, b'{"batch":[' + body + b"]}" if call == "batch" else body)
        assert (answer.status_code, answer["Content-Type"]) == (
            400,
            "application/problem+json",
        ), (call, answer.content)
    assert n_rows() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"7", b'"track"', b"\xef\xbb\xbf{}", b"userId=anna"]
)
def test_what_is_no_object_is_refused(post, body):
    assert post("track", body).status_code == 400


def test_ten_megabytes_are_too_much(post):
    answer = post("batch", b'{"batch":["' + b"x" * 10_000_000 + b'"]}')
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


@pytest.mark.parametrize("wrap", [1, 2])
def test_gzip_bomb_is_too_much(post, wrap):
    bomb = b" " * 50_000_000
    for _ in range(wrap):
        bomb = gzip.compress(bomb, 9)
    assert post("track", bomb, **{"Content-Encoding": "gzip"}).status_code in (400, 413)


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", gzip.compress(b'{"userId":"anna","event":"view"}'), 200),
        (
            "gzip",
            gzip.compress(b'{"userId":"anna",') + gzip.compress(b'"event":"view"}'),
            200,
        ),
        ("deflate", zlib.compress(b'{"userId":"anna","event":"view"}'), 200),
        ("gzip", gzip.compress(b'{"userId":"anna","event":"view"}')[:-5], 400),
        ("gzip", b'{"userId":"anna","event":"view"}', 400),
        ("br", b"\x8b\x00\x80", 400),
    ],
    # a gzip header holds the time
    ids=["gzip", "two members", "deflate", "cut off", "not packed", "brotli"],
)
def test_packed_bodies(post, encoding, body, status):
    assert post("track", body, **{"Content-Encoding": encoding}).status_code == status


@pytest.mark.parametrize(
    "message",
    [
        {"userId": {"a": 1}},
        {"userId": ["anna"]},
        {"userId": True},
        {"userId": "x" * 600},
        {"messageId": {"a": 1}},
        {"event": {}},
        {"event": " "},
        {"properties": []},
        {"properties": "x"},
        {"context": 1},
        {"timestamp": 17},
        {"timestamp": "99999-01-01"},
        {"timestamp": "0001-01-01"},
        {"timestamp": "2024-02-30"},
        {"timestamp": {"a": 1}},
        {"properties": {"quantity": 10**40}},
        {"properties": {"price": "1e400"}},
        {"properties": {"currency": "XXY"}},
        {"properties": {"x": [[[[[[[[[[[[1]]]]]]]]]]]]}},
        {"properties": {"price": "٣", "quantity": "NaN"}},
        {"event": "Order Completed", "properties": {"products": {"a": 1}}},
        {"event": "Order Completed", "properties": {"products": [1]}},
        {"event": "Order Completed", "properties": {"products": [{}] * 600}},
    ],
    ids=lambda message: json.dumps(message)[:40],
)
def test_bad_message_is_put_aside_and_the_others_of_its_batch_are_stored(post, message):
    good = {"type": "track", "userId": "bert", "event": "view", "messageId": "good"}
    bad = {
        "type": "track",
        "userId": "anna",
        "event": "view",
        "messageId": "bad",
        "timestamp": None,
    } | message
    answer = post("batch", json.dumps({"batch": [bad, good]}).encode())
    assert answer.status_code == 200, answer.content
    assert (
        answer.json()["stored"],
        [one["index"] for one in answer.json()["failed"]],
    ) == (1, [0])
    assert n_rows() == (1, 1, 0, 1)
    single = post("track", json.dumps(bad).encode())
    assert single.status_code == 422
    assert single.json()["failed"][0]["field"] == answer.json()["failed"][0]["field"]


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = (
    "userId anonymousId previousId groupId event name category timestamp sentAt"
    " messageId properties traits context type batch email phone products product_id"
    " price quantity discount currency device token id query birthday createdAt address"
).split()
KNOWN = {"userId": "anna", "event": "Order Completed", "groupId": 1, "previousId": "b"}
messages = st.dictionaries(
    st.sampled_from(NAMES) | st.text(max_size=8),
    json_like | st.dictionaries(st.sampled_from(NAMES), json_like, max_size=5),
    max_size=8,
)


@SLOWLY
@given(call=st.sampled_from(CALLS), message=messages, has_id=st.booleans())
def test_no_message_breaks_anything(post, call, message, has_id):
    body = (
        (
            message
            | {
                "userId": "anna",
                "event": "Order Completed",
                "groupId": 1,
                "previousId": "b",
            }
        )
        if has_id
        else message
    )
    before = n_rows()
    answer = post(
        call, json.dumps({"batch": [body]} if call == "batch" else body).encode()
    )
    assert answer.status_code in (200, 400, 422), answer.content
    if answer.status_code == 400:
        assert n_rows() == before


@SLOWLY
@given(
    call=st.sampled_from([*CALLS, "items/batch", "consents"]),
    body=st.binary(max_size=200),
)
def test_no_bytes_break_anything(post, call, body):
    assert post(call, body).status_code in (400, 422)


@SLOWLY
@given(body=st.lists(messages | json_like, max_size=5) | json_like)
def test_no_items_break_anything(post, body):
    assert post("items/batch", json.dumps(body).encode()).status_code in (200, 400, 422)
