"""The web server's way in, against the real server."""

import http.client
import json
import socket
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.contrib.staticfiles import finders

from profiles.models import ApiKey, Customer, Event
from retention_site.server import environ_of
from tests.factories import make_customer

pytestmark = pytest.mark.django_db(transaction=True)
N_SLOW = 60  # more than the server has threads
BODY = b'{"userId":"anna","event":"view","messageId":"m1"}'


@pytest.fixture
def connect(site):
    """Open a connection to the server; all are closed with the test."""
    opened = []

    def open_one() -> http.client.HTTPConnection:
        opened.append(http.client.HTTPConnection(urlsplit(site).netloc, timeout=15))
        opened[-1].connect()
        return opened[-1]

    yield open_one
    [one.close() for one in opened]


@pytest.fixture
def headers():
    return {
        "Authorization": f"Bearer {ApiKey.make('write')[1]}",
        "Content-Type": "application/json",
    }


def ask(connection, method, path, body=None, headers=()):
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("sends", ["half a head", "half a body"])
def test_slow_senders_take_nobodys_turn(connect, headers, sends):
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}"
    for _ in range(N_SLOW):
        sock: socket.socket = connect().sock
        sock.sendall(
            head.encode()
            if sends == "half a head"
            else f"{head}Content-Length: 1000\r\n\r\n{{".encode()
        )
    time.sleep(0.5)
    answer, _said = ask(connect(), "POST", "/v1/track", BODY, headers)
    assert answer.status == 200
    assert Event.objects.count() == 1


def test_body_that_comes_in_pieces_without_a_length_is_whole(connect, headers):
    pieces = (BODY[n : n + 7] for n in range(0, len(BODY), 7))
    connection = connect()
    connection.request("POST", "/v1/track", pieces, headers, encode_chunked=True)
    assert connection.getresponse().status == 200
    assert Event.objects.count() == 1


def test_body_over_the_cap_is_refused(connect, headers):
    piece = b"x" * 100_000
    for length in ({}, {"Content-Length": str(100 * len(piece))}):
        connection, pieces = connect(), (piece for _ in range(100))
        connection.request(
            "POST", "/v1/track", pieces, headers | length, encode_chunked=not length
        )
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["status"]) == (413, 413)


def test_connection_is_used_again(connect, headers):
    connection = connect()
    for n in range(3):
        answer, said = ask(
            connection, "POST", "/v1/track", BODY.replace(b"m1", b"m%d" % n), headers
        )
        assert (answer.status, json.loads(said)["stored"]) == (200, 1)


def test_addresses_in_any_script_arrive(connect):
    read = {"Authorization": f"Bearer {ApiKey.make('read')[1]}"}
    connection = connect()
    for customer_id in ("jürgen", "a b", "100%", "安娜", "a+b"):
        make_customer(external_id=customer_id)
        answer, said = ask(
            connection, "GET", f"/v1/customers/{quote(customer_id)}", headers=read
        )
        assert (answer.status, json.loads(said)["customer_id"]) == (200, customer_id)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/c/" + "A" * 7_000, 404),
        ("/c/" + "A" * 60_000, 414),
        ("/?q=" + "%41" * 20_000, 414),
    ],
)
def test_an_endless_address_is_refused_at_once(connect, path, status):
    """A path of 60,000 letters once held a core for 43 seconds in the filter of the
    log.
    """
    begin = time.monotonic()
    answer, _said = ask(connect(), "GET", path)
    assert answer.status == status
    assert time.monotonic() - begin < 10


def test_head_has_no_body_and_files_are_served(connect):
    connection = connect()
    answer, said = ask(connection, "HEAD", "/health/live")
    assert (answer.status, said) == (200, b"")
    for name in (
        "rapport/icon.svg",
        "unfold/js/chart/chart.js",
        "unfold/css/styles.css",
    ):
        answer, said = ask(connection, "GET", f"/static/{name}")
        assert (answer.status, said) == (200, Path(finders.find(name)).read_bytes())


def test_header_that_only_looks_like_a_proxys_is_dropped():
    class Scope:
        server, client, method, path, query_string = (
            "127.0.0.1:80",
            "[::1]:5",
            "GET",
            "/a%20b",
            "x=1",
        )
        http_version, scheme, authority = "1.1", "http", None

        class headers:  # noqa: N801
            @staticmethod
            def items():
                return [
                    ("x_forwarded_proto", "https"),
                    ("cookie", "a=1"),
                    ("cookie", "b=2"),
                    ("host", "shop.example"),
                ]

    environ = environ_of(Scope, None, 0)
    assert "HTTP_X_FORWARDED_PROTO" not in environ
    assert (environ["HTTP_COOKIE"], environ["HTTP_HOST"], environ["REMOTE_ADDR"]) == (
        "a=1; b=2",
        "shop.example",
        "::1",
    )
    assert environ["PATH_INFO"] == "/a b"


def test_slow_readers_take_nobodys_turn(connect, headers):
    for _ in range(N_SLOW):
        connect().request("GET", "/static/unfold/css/styles.css")
    answer, _said = ask(connect(), "POST", "/v1/track", BODY, headers)
    assert answer.status == 200


def test_people_who_leave_early_hurt_nobody(connect, headers):
    for _ in range(20):
        connection = connect()
        connection.request("POST", "/v1/track", BODY, headers)
        connection.close()
    answer, _said = ask(
        connect(), "POST", "/v1/track", BODY.replace(b"m1", b"m2"), headers
    )
    assert answer.status == 200
    assert Customer.objects.count() == 1
