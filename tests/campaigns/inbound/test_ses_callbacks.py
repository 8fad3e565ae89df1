"""What Amazon SES tells by SNS: believed with Amazon's signature and of our own topic."""

import base64
import json
import socket
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from campaigns.delivery import send
from campaigns.delivery.channels import provider_settings, sns
from campaigns.delivery.channels.email import MailLine
from campaigns.delivery.channels.providers.ses import AmazonSes, SesForm, SesLine
from campaigns.delivery.outcome import accepted
from campaigns.models import Attempt, Message, Suppression
from retention_site.lib.clock import real_now
from tests.sending import make_send, only_message

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("local_sinks", "unhurried"),
]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail-events"
HOST = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-{'0a' * 16}.pem"
CONFIRM = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
NUMBER = "0102018f-1234-4567-89ab-000000"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(key) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(real_now() - timedelta(days=1))
        .not_valid_after(real_now() + timedelta(days=1))
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def asked(monkeypatch, certificate):
    """Addresses that were asked, answered as Amazon's hosts do."""
    sns._certificate.cache_clear()
    heard = []

    class Answer:
        content = certificate

        def raise_for_status(self) -> None:
            """All is well."""

    class Session:
        def get(self, url):
            heard.append(url)
            return Answer()

    monkeypatch.setattr(sns.ssrf_guard, "session", lambda seconds: Session())
    yield heard
    sns._certificate.cache_clear()


@pytest.fixture
def mailed() -> Message:
    run = make_send(1)
    send.drain("bulk")
    provider_settings.choose(
        "email", "ses", {"host": "email-smtp.x.example", "topics": TOPIC}, by=None
    )
    message = only_message(run)
    Attempt.objects.filter(message=message).update(
        provider="amazon_ses", provider_ref=NUMBER
    )
    return message


def signed(key, message, *, version="2", url=CERTIFICATE, topic=TOPIC, **more):
    told = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": topic,
        "Timestamp": "2026-11-30T10:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": url,
        "Message": message if isinstance(message, str) else json.dumps(message),
        **more,
    }
    said = "".join(
        f"{name}\n{told[name]}\n"
        for name in sns.SIGNED.get(told["Type"], ())
        if name in told
    )
    digest = SHA1() if version == "1" else SHA256()  # noqa: S303  Amazon's first version
    signature = key.sign(said.encode(), padding.PKCS1v15(), digest)
    return {**told, "Signature": base64.b64encode(signature).decode()}


def bounce(
    message, kind="Permanent", subtype="General", said="smtp; 550 5.1.1 unknown"
):
    recipients = [{"emailAddress": message.customer.email, "diagnosticCode": said}]
    return {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": subtype,
            "bouncedRecipients": recipients,
        },
        "mail": {"messageId": NUMBER, "destination": [message.customer.email]},
    }


def post(client, told, **headers):
    # SNS calls its JSON text/plain
    return client.post(
        "/callbacks/email/ses", json.dumps(told), content_type="text/plain", **headers
    )


def test_a_mailbox_that_is_gone_is_not_written_to_again(client, mailed, key, asked):
    told = signed(key, bounce(mailed))
    assert post(client, told).status_code == 200
    assert post(client, told).status_code == 200, "told again"
    mailed.refresh_from_db()
    assert (mailed.state, Suppression.objects.count()) == ("bounced", 1)
    assert asked == [CERTIFICATE], "a certificate is fetched once"


@pytest.mark.parametrize(
    ("kind", "subtype", "said", "is_gone"),
    [
        ("Permanent", "NoEmail", "smtp; 550 5.1.1 no such user", True),
        ("Permanent", "General", "", True),
        ("Permanent", "General", "smtp; 552 5.2.2 mailbox full", False),
        ("Permanent", "Suppressed", "", False),
        ("Permanent", "OnAccountSuppressionList", "", False),
        ("Permanent", "ContentRejected", "", False),
        ("Transient", "MailboxFull", "", False),
        ("Transient", "General", "smtp; 550 5.1.1 unknown", False),
        ("Undetermined", "Undetermined", "smtp; 550 5.1.1 user unknown", True),
        ("Undetermined", "Undetermined", "", False),
    ],
)
def test_what_ses_calls_a_bounce(
    client, mailed, key, asked, kind, subtype, said, is_gone
):
    assert (
        post(client, signed(key, bounce(mailed, kind, subtype, said))).status_code
        == 200
    )
    mailed.refresh_from_db()
    assert mailed.state == "bounced"
    assert Suppression.objects.exists() == is_gone


@pytest.mark.parametrize(
    ("feedback", "state"), [("abuse", "complained"), ("not-spam", "sent")]
)
def test_a_complaint_ends_it(client, mailed, key, asked, feedback, state):
    event = {
        "eventType": "Complaint",
        "complaint": {
            "complaintFeedbackType": feedback,
            "complainedRecipients": [{"emailAddress": mailed.customer.email}],
        },
        "mail": {"messageId": NUMBER},
    }
    assert post(client, signed(key, event, version="1")).status_code == 200
    mailed.refresh_from_db()
    assert (mailed.state, Suppression.objects.exists()) == (state, state != "sent")


def test_a_delivery_is_known_by_our_own_header_when_the_answer_was_lost(
    client, mailed, key, asked
):
    Attempt.objects.update(provider_ref=None)
    event = {
        "eventType": "Delivery",
        "delivery": {"recipients": [mailed.customer.email], "smtpResponse": "250 ok"},
        "mail": {
            "messageId": "another",
            "headers": [{"name": "Feedback-ID", "value": f"{mailed.pk}:rapport"}],
        },
    }
    assert post(client, signed(key, event)).status_code == 200
    mailed.refresh_from_db()
    assert mailed.state == "delivered"


def test_a_subscription_to_our_topic_is_confirmed(client, mailed, key, asked):
    told = signed(
        key, "You have chosen", Type=sns.SUBSCRIPTION, Token="abc", SubscribeURL=CONFIRM
    )
    assert post(client, told).status_code == 200
    assert asked == [CERTIFICATE, CONFIRM]


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "{}"},
        {"Signature": ""},
        {"Signature": "äöü"},
        {"SignatureVersion": "3"},
        {"Type": "Else"},
        {"TopicArn": TOPIC.replace("mail", "their")},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem"},
        {"SigningCertURL": "http://127.0.0.1/SimpleNotificationService-0a.pem"},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": CERTIFICATE.replace("sns.", "s3.")},
        {"SigningCertURL": f"{CERTIFICATE}?x"},
        {"SigningCertURL": None},
    ],
)
def test_what_amazon_did_not_sign_for_us_is_refused(client, mailed, key, asked, change):
    answer = post(client, signed(key, bounce(mailed)) | change)
    assert answer.status_code == 401
    assert not Suppression.objects.exists()
    assert set(asked) <= {CERTIFICATE}, "nobody else's address is asked"


def test_a_signed_subscription_leads_nowhere_but_to_amazon(client, mailed, key, asked):
    for url in (
        "http://169.254.169.254/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com@10.0.0.1/?Action=ConfirmSubscription",
        f"{HOST}/?Action=DeleteTopic",
    ):
        told = signed(key, "x", Type=sns.SUBSCRIPTION, Token="a", SubscribeURL=url)
        assert post(client, told).status_code == 401
    assert asked == [CERTIFICATE]


@pytest.mark.parametrize("message", ["no JSON", "[]", '{"eventType": "Bounce"}', "{"])
def test_what_cannot_be_read_is_refused(client, mailed, key, asked, message):
    assert post(client, signed(key, message)).status_code == 400


def test_a_topic_that_nobody_named_is_not_believed(client, mailed, key, asked):
    provider_settings.choose("email", "ses", {"host": "x.example"}, by=None)
    assert post(client, signed(key, bounce(mailed))).status_code == 401
    assert post(client, {}).status_code == 401


def test_a_certificate_comes_over_the_guarded_line(client, mailed, key, monkeypatch):
    """Its host's name may lead inside: nothing is asked there, and Amazon tells again."""
    sns._certificate.cache_clear()
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **o: inside)
    answer = post(client, signed(key, bounce(mailed)))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


def test_the_number_that_ses_answers_with_is_kept(monkeypatch):
    def said(self, group, may_go):
        yield accepted(250, f"Ok {NUMBER}")
        yield accepted(250, "2.0.0 taken")

    monkeypatch.setattr(MailLine, "send", said)
    kept = [one.provider_ref for one in SesLine(None).send([], lambda: True)]
    assert kept == [NUMBER, None]


def test_only_topics_can_be_named():
    told = {"host": "email-smtp.x.example", "security": "smtp+tls"}
    assert SesForm(told | {"topics": f"{TOPIC}\n{TOPIC}2"}).is_valid()
    assert "not the ARN" in str(SesForm(told | {"topics": "mail-events"}).errors)
    assert AmazonSes().name == "amazon_ses"
