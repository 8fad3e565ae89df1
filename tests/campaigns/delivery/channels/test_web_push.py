"""Web push: only the browser can read it, and it can tell who sent it."""

import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from campaigns.delivery import send
from campaigns.delivery.channels.line import Outgoing
from campaigns.delivery.channels.providers import vapid
from campaigns.models import Message
from profiles.models import Consent, Device
from retention_site.lib.clock import now, real_now
from tests.browser_subscriptions import Browser, raw
from tests.sending import make_customers, make_send, states, taken

ADDRESS = "http://127.0.0.1:{}/web_push/ada"


def test_the_browser_reads_the_example_of_the_standard():
    """RFC 8291, appendix A."""
    number = int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = Browser(
        ec.derive_private_key(number, ec.SECP256R1()), raw("BTBZMqHH6r4Tts7J_aSIgg")
    )
    sealed = raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.decrypt(sealed) == b"When I grow up, I want to be a watermelon"


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def run(local_sinks, unhurried, browser):
    (customer,) = make_customers(1, "web_push")
    browser.subscribe(customer, ADDRESS.format(local_sinks.http))
    words = {
        "title": "Hello",
        "text": "Dear {{ customer.first_name }} 🥐",
        "url": "https://shop.example/bread",
    }
    return make_send(1, "web_push", customers=[customer], messages={"web_push": words})


@pytest.mark.django_db
def test_only_the_browser_can_read_it(run, browser):
    send.drain("bulk")
    (line,) = taken("web_push")
    said = browser.read(line)
    assert (said["title"], said["body"]) == ("Hello", "Dear Ada 🥐")
    assert said["url"].startswith("https://shop.example/bread")
    assert "Ada" not in line["raw"]
    with pytest.raises(InvalidTag):
        Browser().read(line)


@pytest.mark.django_db
def test_it_is_signed_for_this_push_service_and_not_for_long(run, local_sinks):
    send.drain("bulk")
    headers = taken("web_push")[0]["headers"]
    token, _, key = headers["Authorization"].removeprefix("vapid t=").partition(",k=")
    head, claims, signature = token.split(".")
    both = raw(signature)
    numbers = encode_dss_signature(
        int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big")
    )
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    public.verify(numbers, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    said = json.loads(raw(claims))
    assert said["aud"] == f"http://127.0.0.1:{local_sinks.http}"
    assert said["sub"].startswith("mailto:")
    assert 0 < said["exp"] - real_now().timestamp() <= timedelta(days=1).total_seconds()
    assert key == vapid.WebPushService().public_key, (
        "the key that the browser subscribed with"
    )
    assert headers["Content-Encoding"] == "aes128gcm"
    assert len(headers["Topic"]) <= 32, (
        "a newer message of this campaign takes its place"
    )


@pytest.mark.django_db
def test_a_browser_that_unsubscribed_is_forgotten_and_another_answer_forgets_nobody(
    run, monkeypatch
):
    device = Device.objects.get()

    def answers(status):
        def post(_session, _url, **_options):
            return Answer(status)

        monkeypatch.setattr(vapid.requests.Session, "post", post)
        send.drain("bulk")
        Message.objects.filter(state="queued").update(not_before=now())

    answers(429)
    assert states(run) == {"queued": 1}
    device.refresh_from_db()
    assert device.is_active
    answers(410)
    assert states(run) == {"failed": 1}
    device.refresh_from_db()
    assert not device.is_active


class Answer:
    def __init__(self, status: int) -> None:
        self.status_code, self.headers, self.raw = status, {}, self

    def read(self, *_words, **_options) -> bytes:
        return b""


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:9/x", "http://169.254.169.254/x", "https://[::1]/x"]
)
@pytest.mark.django_db
def test_an_endpoint_never_leads_into_our_own_network(endpoint, browser, local_sinks):
    (customer,) = make_customers(1, "web_push")
    browser.subscribe(customer, endpoint)
    run = make_send(
        1,
        "web_push",
        customers=[customer],
        messages={"web_push": {"title": "x", "text": "x"}},
    )
    send.drain("bulk")
    assert states(run) == {"failed": 1}
    assert "no public address" in Message.objects.get(run=run).reason


def test_what_a_push_service_would_not_take_is_refused_before_it_leaves(browser):
    long = Outgoing(1, "k", "https://push.example/x", subject="x", text="é" * 3000)
    with pytest.raises(ValueError, match="bytes"):
        vapid.encrypted(long, browser.keys)


@pytest.mark.django_db
def test_without_consent_nobody_is_notified(run):
    Consent.objects.update(status="withdrawn")
    send.drain("bulk")
    assert states(run) == {"suppressed": 1}
