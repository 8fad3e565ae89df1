"""Whatever address a person types in the admin, no request of ours lands in our own
network by it.
"""

import ast
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from campaigns.delivery.channels import http, lookup
from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.mail import smtp_conversation
from campaigns.delivery.channels.providers import anymail, fcm, gateway, smtp, twilio
from campaigns.models import ChannelSettings, SeedAddress
from retention_site.lib.security import ssrf_guard
from retention_site.lib.security.outbound import ForbiddenAddress

ROOT = Path(__file__).resolve().parents[2]
SECRET = "SECRET-INTERNAL-BODY 42"
INSIDE = [
    "127.0.0.1",
    "localhost",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "10.0.0.7",
    "192.168.1.1",
    "172.16.3.4",
    "169.254.169.254",
    "[fd00::1]",
    "[fe80::1]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "2130706433",
    "0x7f000001",
    "127.1",
    "168.63.129.16",
    "100.64.0.1",
    "224.0.0.1",
]
# Where a connection may be made, and why it may lead inside. Whoever adds one says so
# here.
DOORS = {
    "retention_site/lib/object_store.py": "STORE_URL, of the environment alone",
    "retention_site/lib/security/ssrf_guard.py": "the guard itself",
    "retention_site/lib/security/outbound.py": "the guard of webhooks",
    "retention_site/lib/embedded/__init__.py": "asks whether our own server listens",
    "retention_site/lib/processes/serving.py": "asks whether our own port is taken",
    "retention_site/lib/processes/address.py": "asks whether our own port is taken",
    "retention_site/lib/embedded/launch.py": "our own servers",
    "campaigns/delivery/channels/http.py": "an Endpoint: guarded where it was typed",
    "campaigns/delivery/channels/lookup.py": "an Endpoint: guarded where it was typed",
    "campaigns/delivery/channels/mail/smtp_conversation.py": (
        "an Endpoint: guarded where it was typed"
    ),
    "campaigns/delivery/channels/providers/vapid.py": (
        "outbound.check, plain to the local sink alone"
    ),
    "campaigns/delivery/channels/providers/standard_webhooks.py": (
        "outbound.check, plain to the local sink alone"
    ),
    "campaigns/demo/webhook.py": "the demo calls its own shop",
}
CALLS = {
    "requests": {"get", "post", "put", "request", "head", "Session"},
    "urllib.request": {"urlopen", "Request"},
    "http.client": {"HTTPConnection", "HTTPSConnection"},
    "smtplib": {"SMTP", "SMTP_SSL"},
    "socket": {"create_connection"},
    "httpx": {"get", "post", "Client"},
    "fs": {"S3FileSystem"},
}


class Inside(BaseHTTPRequestHandler):
    """A service of our own network that must never hear from us."""

    heard: list[str] = []

    def do_POST(self) -> None:
        self.heard.append(self.path)
        self.send_response(500)
        self.end_headers()
        self.wfile.write(SECRET.encode())

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_said: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def inside(settings):
    settings.INSIDE_HOSTS = []
    Inside.heard = []
    server = HTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def test_every_place_that_opens_a_connection_is_known():
    """A new one stands in the table above, with the reason why nobody's typed address
    leads inside by it.
    """
    found = set()
    for path in (
        path
        for app in ("retention_site", "profiles", "recommender", "campaigns")
        for path in (ROOT / app).rglob("*.py")
    ):
        place = str(path.relative_to(ROOT))
        if "sinks" not in path.parts and any(
            _opens(node) for node in ast.walk(ast.parse(path.read_text()))
        ):
            found.add(place)
    assert found <= DOORS.keys()


def _opens(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute):
        return False
    owner = ast.unparse(node.value)
    return node.attr in CALLS.get(owner, ())


@pytest.mark.parametrize("host", INSIDE)
def test_a_typed_host_inside_is_never_connected_to(host, settings):
    settings.INSIDE_HOSTS = []
    bare = host.strip("[]")
    with pytest.raises(ForbiddenAddress, match="our own network"):
        ssrf_guard.create_connection((bare, 80), 1.0)
    with pytest.raises(ForbiddenAddress, match="our own network"):
        ssrf_guard.check_url(f"http://{host}:8080/x")
    with pytest.raises(requests.ConnectionError, match="our own network"):
        ssrf_guard.session(1.0).get(f"http://{host}:9/x")


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_may_be_reached(host):
    assert ssrf_guard.is_public(host)


def test_an_operator_may_allow_a_host_inside(inside, settings):
    settings.INSIDE_HOSTS = [f"127.0.0.1:{inside}"]
    assert ssrf_guard.session(5.0).get(f"http://127.0.0.1:{inside}/").status_code == 500
    settings.INSIDE_HOSTS = ["127.0.0.1:1"]
    with pytest.raises(requests.ConnectionError):
        ssrf_guard.session(5.0).get(f"http://127.0.0.1:{inside}/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_typed_gateway_inside_hears_nothing(inside, scheme):
    where = Endpoint(scheme, "127.0.0.1", inside, is_typed=True)
    with (
        pytest.raises(ProviderAway, match="our own network"),
        http.line(where, 2.0, None, None),
    ):
        pass
    assert Inside.heard == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+tls"])
def test_a_typed_mail_server_inside_hears_nothing(inside, scheme):
    with pytest.raises(ProviderAway, match="our own network"):
        smtp_conversation.Conversation(
            Endpoint(scheme, "127.0.0.1", inside, is_typed=True), 2.0
        ).connect()


def test_a_typed_look_up_inside_hears_nothing(inside):
    options = {"lookup": f"http://127.0.0.1:{inside}/seen"}
    where = Endpoint("https", "gateway.example", 443, options=options, is_typed=True)
    with pytest.raises(ProviderAway, match="our own network"):
        lookup.seen(where, {"a": "a"})
    assert Inside.heard == []


def test_a_redirect_of_a_typed_look_up_is_no_way(inside, settings):
    settings.INSIDE_HOSTS = ["127.0.0.1"]
    assert ssrf_guard.session(2.0).max_redirects == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "localhost"])
@pytest.mark.parametrize(
    ("form", "told"),
    [
        (gateway.GatewayForm, {"url": "http://{}/x"}),
        (
            gateway.GatewayForm,
            {"url": "https://gateway.example/?lookup=http://{}/seen"},
        ),
        (twilio.TwilioForm, {"account": "AC" + "0" * 32, "api_url": "http://{}/x"}),
        (anymail.AnymailForm, {"service": "postal", "api_url": "http://{}/x"}),
        (smtp.SmtpForm, {"host": "{}", "security": "smtp", "port": "25"}),
        (fcm.FcmForm, {"api_url": "http://{}/x"}),
    ],
)
def test_no_form_takes_an_address_inside(form, told, host, settings):
    settings.INSIDE_HOSTS = []
    filled = form({name: value.format(host) for name, value in told.items()})
    assert not filled.is_valid()
    assert "our own network" in json.dumps(filled.errors)


@pytest.mark.parametrize("provider", [gateway.Gateway, smtp.Smtp, twilio.Twilio])
def test_what_was_typed_before_the_guard_is_guarded_too(provider):
    """Rows that are kept already were never looked at by the form."""
    from campaigns.delivery.channels.provider import Given

    values = {
        "url": "http://127.0.0.1/x",
        "api_url": "http://127.0.0.1/x",
        "host": "127.0.0.1",
        "account": "AC",
    }
    assert provider(Given(values)).endpoint.is_typed


@pytest.mark.django_db
@pytest.mark.parametrize("is_allowed", [False, True])
def test_the_test_button_shows_nothing_of_what_answers(
    inside, signed_in, settings, is_allowed
):
    """The body of whatever answers is no provider's word, whether the address was
    allowed or not.
    """
    settings.INSIDE_HOSTS = [f"127.0.0.1:{inside}"] if is_allowed else []
    values = {"url": f"http://127.0.0.1:{inside}/internal"}
    ChannelSettings.objects.create(channel="sms", provider="gateway", values=values)
    SeedAddress.objects.create(channel="sms", address="+4930123456")
    page = signed_in.post(
        "/admin/channels/sms/test/", {"to": "+4930123456"}, follow=True
    ).content.decode()
    assert SECRET not in page
    assert bool(Inside.heard) == is_allowed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"message": "unknown sender"}', "unknown sender"),
        (b'{"error": {"message": "no such number", "code": 3}}', "no such number"),
        (b'{"code": 21610}', "21610"),
        (b"<html>root:x:0:0</html>", "an answer of 23 bytes that is no JSON"),
        (b'["root:x:0:0"]', ""),
        (b"", ""),
    ],
)
def test_only_the_words_of_an_error_are_repeated(body, said):
    assert http.said_by(http.Reply(500, {}, body)) == said
