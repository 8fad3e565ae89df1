"""Row 28: addresses that lead elsewhere than they say. The forms of URLs stand in
tests/campaigns/delivery.
"""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from campaigns.delivery import send
from retention_site.lib.security import outbound
from tests.sending import make_send, only_message, states

WORDS = {"webhook": {"text": "x", "url": "http://rebinding.example/hook"}}


class Inside(BaseHTTPRequestHandler):
    """A service of our own network that must never hear from us; it would also send
    whoever asks on to itself.
    """

    heard: list[str] = []

    def do_POST(self) -> None:
        self.heard.append(self.path)
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1/admin/")
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def inside():
    Inside.heard = []
    server = HTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def answers(monkeypatch, port: int, *addresses: str) -> None:
    """A name server that says another address each time; the last one stays."""
    told = list(addresses)
    right = socket.getaddrinfo

    def resolve(host, *rest, **options):
        if host != "rebinding.example":
            return right(host, *rest, **options)
        address = told.pop(0) if len(told) > 1 else told[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("8.8.8.8", "169.254.169.254")],
)
def test_a_name_that_turns_inside_after_it_was_checked_is_not_followed(
    addresses, inside, local_sinks, monkeypatch
):
    answers(monkeypatch, inside, *addresses)
    url = f"http://rebinding.example:{inside}/hook"
    run = make_send(
        1, "webhook", messages={"webhook": {**WORDS["webhook"], "url": url}}
    )
    send.drain("bulk")
    assert Inside.heard == []
    assert states(run).keys() <= {"failed", "queued"}, only_message(run).reason


@pytest.mark.django_db
def test_a_redirect_is_an_answer_and_not_a_way(inside, local_sinks, monkeypatch):
    monkeypatch.setattr(outbound, "check", lambda url: url)
    monkeypatch.setattr(
        outbound, "session", lambda _seconds: __import__("requests").Session()
    )
    url = f"http://127.0.0.1:{inside}/hook"
    run = make_send(1, "webhook", messages={"webhook": {"text": "x", "url": url}})
    send.drain("bulk")
    assert Inside.heard == ["/hook"]
    assert "sent" not in states(run)
