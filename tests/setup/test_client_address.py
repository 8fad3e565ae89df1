"""The client's address behind proxies: what a stranger writes into a header counts for
nothing.
"""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from retention_site.lib.client_address import (
    ClientAddressMiddleware,
    client_address,
    is_this_machine,
)

TRUSTED = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        # no proxy of ours: its word counts for nothing
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.1.1.1", "203.0.113.7"),
        # the left one wrote the client itself
        ("127.0.0.1", "6.6.6.6, 203.0.113.7, 10.1.1.1", "203.0.113.7"),
        ("127.0.0.1", "10.2.2.2, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "10.2.2.2, 10.1.1.1", "10.2.2.2"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, unknown, 10.1.1.1", "10.1.1.1"),
        ("127.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("127.0.0.1", "[2001:db9::7]:4711", "2001:db9::7"),
        ("2001:db8::5", "2001:db9::7", "2001:db9::7"),
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("", "203.0.113.7", ""),
    ],
)
def test_the_list_is_read_from_the_right_through_our_proxies_only(
    peer, forwarded, found
):
    assert client_address(peer, forwarded, TRUSTED) == found


@given(st.text(max_size=200))
def test_nobody_outside_becomes_somebody_else(written):
    assert client_address("203.0.113.7", written, TRUSTED) == "203.0.113.7"
    assert (
        client_address("127.0.0.1", f"{written}, 203.0.113.7", TRUSTED) == "203.0.113.7"
    )


@pytest.fixture
def ask(settings):
    """Send a request through the middleware and return it as views get it."""

    def send(peer="127.0.0.1", **headers):
        seen = []
        middleware = ClientAddressMiddleware(
            lambda request: seen.append(request) or HttpResponse()
        )
        middleware(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))
        return seen[0]

    settings.TRUSTED_PROXIES = TRUSTED
    return send


def test_everybody_downstream_sees_the_client(ask):
    assert ask(HTTP_X_FORWARDED_FOR="203.0.113.7").META["REMOTE_ADDR"] == "203.0.113.7"
    assert (
        ask("203.0.113.7", HTTP_X_FORWARDED_FOR="127.0.0.1").META["REMOTE_ADDR"]
        == "203.0.113.7"
    )


def test_a_stranger_does_not_say_that_the_line_is_safe(ask, settings):
    assert "HTTP_X_FORWARDED_PROTO" in ask(HTTP_X_FORWARDED_PROTO="https").META
    assert (
        "HTTP_X_FORWARDED_PROTO"
        not in ask("203.0.113.7", HTTP_X_FORWARDED_PROTO="https").META
    )


def test_this_machine_is_not_whom_a_proxy_speaks_for(ask, settings):
    assert is_this_machine(ask())
    assert is_this_machine(ask("192.0.2.5", SERVER_NAME="192.0.2.5"))
    assert is_this_machine(ask(HTTP_X_FORWARDED_FOR="127.0.0.1"))
    assert not is_this_machine(ask(HTTP_X_FORWARDED_FOR="203.0.113.7"))
    assert not is_this_machine(ask("203.0.113.7"))
    assert not is_this_machine(ask("203.0.113.7", HTTP_X_FORWARDED_FOR="127.0.0.1"))
    settings.TRUSTED_PROXIES = []
    assert is_this_machine(ask())
    for header in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED"):
        assert not is_this_machine(ask(**{header: "whatever"})), header
