"""Each provider's own protocol, spoken over loopback with a server of its shape."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from campaigns.delivery import send
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.providers import anymail, fcm
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.test_sends import try_out
from campaigns.models import ChannelSettings, Message, Suppression
from profiles.models import Device
from retention_site.lib import registry
from retention_site.lib.clock import now
from tests.provider_sink import ProviderSink, provider_sink
from tests.sending import make_send, only_message, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unhurried")]
ACCOUNT = "AC" + "0" * 32
SIGNED_BY = ec.generate_private_key(ec.SECP256R1()).public_key()
P256 = base64.b64encode(
    SIGNED_BY.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


@pytest.fixture
def provider():
    with provider_sink() as sink:
        yield sink


def test_the_first_provider_of_each_channel_needs_no_settings():
    for channel in registry.keys("channels"):
        first = next(iter(provider_settings.providers_of(channel).values()))
        assert isinstance(provider_settings.carrier(channel), first)


def test_secrets_are_encrypted_at_rest_and_kept_when_left_empty():
    provider_settings.choose(
        "sms",
        "twilio",
        {"account": ACCOUNT, "token": "very-secret", "sender": "+4930"},
        by=None,
    )
    row = ChannelSettings.objects.get()
    assert "very-secret" not in json.dumps([row.values, row.secrets])
    provider_settings.choose(
        "sms", "twilio", {"account": ACCOUNT, "token": "", "sender": "+4931"}, by=None
    )
    given = provider_settings.carrier("sms").given
    assert (given.secrets["token"], given.text("sender")) == ("very-secret", "+4931")
    provider_settings.choose(
        "sms", "gateway", {"url": "https://x.example/send"}, by=None
    )
    assert provider_settings.carrier("sms").given.secrets == {}, (
        "a secret of one provider is not told to another"
    )
    provider_settings.follow_environment("sms")
    assert provider_settings.carrier("sms").key == "gateway"


# Twilio


@pytest.fixture
def twilio(provider: ProviderSink) -> ProviderSink:
    told = {
        "account": ACCOUNT,
        "token": "t0ken",
        "sender": "+15005550006",
        "api_url": provider.url,
    }
    provider_settings.choose("sms", "twilio", told, by=None)
    return provider


def test_twilio_is_asked_in_its_own_words(twilio, settings):
    settings.BASE_URL = "https://rapport.example"
    twilio.answer("/2010-04-01/", (201, {"sid": "SM1", "status": "queued"}))
    run = make_send(1, "sms")
    send.drain("bulk")
    (asked,) = twilio.heard
    message = only_message(run)
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert (
        asked.headers["authorization"]
        == "Basic " + base64.b64encode(f"{ACCOUNT}:t0ken".encode()).decode()
    )
    assert asked.form == {
        "To": message.customer.phone,
        "From": "+15005550006",
        "Body": "Dear Ada",
        "StatusCallback": "https://rapport.example/callbacks/sms/twilio",
    }
    assert states(run) == {"sent": 1}
    assert message.attempts.get().provider_ref == "SM1"


@pytest.mark.parametrize(
    ("answer", "state", "is_given_up"),
    [
        ((400, {"code": 21211, "message": "invalid"}), "failed", True),
        ((400, {"code": 21610, "message": "unsubscribed"}), "failed", True),
        ((400, {"code": 21617, "message": "too long"}), "failed", False),
        ((401, {"code": 20003}), "queued", False),
        ((429, {"code": 20429}), "queued", False),
        ((500, {}), "uncertain", False),
        ((201, {"status": "queued"}), "uncertain", False),
    ],
)
def test_what_twilio_answers(twilio, answer, state, is_given_up):
    twilio.answer("/", answer)
    run = make_send(1, "sms")
    send.drain("bulk")
    assert states(run) == {state: 1}
    assert Suppression.objects.exists() == is_given_up


# FCM


@pytest.fixture(scope="module")
def pem() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def firebase(provider: ProviderSink, pem: str) -> ProviderSink:
    fcm.credentials.cache_clear()
    account = {
        "type": "service_account",
        "project_id": "corner-shop",
        "private_key": pem,
        "private_key_id": "1",
        "client_email": "push@corner-shop.example",
        "token_uri": f"{provider.url}/token",
    }
    provider.answer(
        "/token",
        (
            200,
            {"access_token": "ya29.first", "expires_in": 3600, "token_type": "Bearer"},
        ),
    )
    provider.answer("/v1/", (200, {"name": "projects/corner-shop/messages/1"}))
    told = {"account": json.dumps(account), "api_url": provider.url, "seconds": 3600}
    provider_settings.choose("push", "fcm", told, by=None)
    return provider


def test_fcm_is_asked_with_a_token_of_the_service_account(firebase):
    run = make_send(2, "push")
    firebase.answers["/v1/"] = lambda heard: (
        200,
        {"name": f"m/{heard.json['message']['token']}"},
    )
    send.drain("bulk")
    assert states(run) == {"sent": 2}
    (grant,) = firebase.asked("/token")
    claims = json.loads(
        base64.urlsafe_b64decode(grant.form["assertion"].split(".")[1] + "==")
    )
    assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
    first = firebase.asked("/v1/projects/corner-shop/messages:send")[0]
    assert first.headers["authorization"] == "Bearer ya29.first"
    said = first.json["message"]
    assert said["notification"] == {"title": "Hello", "body": "Dear Ada"}
    assert said["android"] == {
        "ttl": "3600s",
        "collapse_key": f"campaign-{run.campaign_id}",
    }
    assert said["apns"]["headers"]["apns-collapse-id"] == f"campaign-{run.campaign_id}"
    assert "collapse_key" not in said["data"]
    make_send(1, "push")
    send.drain("bulk")
    assert len(firebase.asked("/token")) == 1, "the token is kept while it is valid"


def test_a_token_that_ran_out_is_fetched_again(firebase):
    make_send(1, "push")
    send.drain("bulk")
    kept = fcm.credentials(provider_settings.carrier("push").given.secrets["account"])
    kept.expiry -= timedelta(hours=1)
    firebase.answer("/v1/", (200, {"name": "2"}))
    make_send(1, "push")
    send.drain("bulk")
    assert len(firebase.asked("/token")) == 2


def test_without_a_token_messages_wait(firebase):
    firebase.answer("/token", (400, {"error": "invalid_grant"}))
    run = make_send(1, "push")
    send.drain("bulk")
    assert states(run) == {"queued": 1}
    assert "no access token" in only_message(run).reason


@pytest.mark.parametrize(
    ("status", "code", "is_dropped"),
    [
        (404, "UNREGISTERED", True),
        (404, "", False),
        (400, "INVALID_ARGUMENT", False),
        (403, "SENDER_ID_MISMATCH", False),
    ],
)
def test_a_device_is_dropped_only_when_it_is_unregistered(
    firebase, status, code, is_dropped
):
    firebase.answer(
        "/v1/",
        (
            status,
            {
                "error": {
                    "code": status,
                    "details": [{"errorCode": code}] if code else [],
                }
            },
        ),
    )
    make_send(1, "push")
    send.drain("bulk")
    assert Device.objects.get().is_active is not is_dropped


# Mail services


@pytest.fixture
def postmark(provider: ProviderSink) -> ProviderSink:
    told = {
        "service": "postmark",
        "api_key": "s3rver",
        "api_url": f"{provider.url}/",
        "replies_to": "team@shop.example",
    }
    provider_settings.choose("email", "anymail", told, by=None)
    provider.answer(
        "/email",
        (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "x"}),
    )
    return provider


def answer_of_postmark(heard):
    return 200, {
        "ErrorCode": 0,
        "Message": "OK",
        "MessageID": "pm-1",
        "To": heard.json["To"],
    }


def test_a_mail_service_gets_the_whole_letter(postmark):
    postmark.answers["/email"] = answer_of_postmark
    run = make_send(1, "email")
    send.drain("bulk")
    message, (asked,) = only_message(run), postmark.heard
    headers = {one["Name"]: one["Value"] for one in asked.json["Headers"]}
    assert asked.headers["x-postmark-server-token"] == "s3rver"
    assert asked.json["Subject"] == "Hello Ada"
    assert "Dear Ada" in asked.json["HtmlBody"]
    assert "Dear Ada" in asked.json["TextBody"]
    assert asked.json["ReplyTo"] == "team@shop.example"
    assert asked.json["Metadata"] == {
        "message": str(message.pk),
        "key": message.message_id,
    }
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Feedback-ID"] == f"{message.pk}:rapport"
    assert message.message_id in headers["Message-ID"]
    assert states(run) == {"sent": 1}
    assert message.attempts.get().provider_ref == "pm-1"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (
            (
                200,
                {
                    "ErrorCode": 0,
                    "Message": "OK",
                    "MessageID": "pm-1",
                    "To": "somebody@else.example",
                },
            ),
            "uncertain",
        ),
        ((422, {"ErrorCode": 405, "Message": "no credits"}), "failed"),
        ((401, {"ErrorCode": 10, "Message": "bad token"}), "queued"),
        ((429, {"Message": "slow down"}), "queued"),
        ((503, {"Message": "away"}), "queued"),
        ((500, {"Message": "oops"}), "uncertain"),
    ],
)
def test_what_a_mail_service_answers(postmark, answer, state):
    postmark.answer("/email", answer)
    run = make_send(1, "email")
    send.drain("bulk")
    assert states(run) == {state: 1}


def test_a_mail_service_may_turn_a_recipient_down(postmark):
    def answer(heard):
        said = (
            "Found inactive addresses:"
            f" {heard.json['To'].partition('<')[2].rstrip('>')}. Inactive recipients"
            " are ones"
        )
        return 422, {
            "ErrorCode": 406,
            "Message": (
                f"You tried to send to recipient(s) marked as inactive. {said} that …"
            ),
        }

    postmark.answers["/email"] = answer
    run = make_send(1, "email")
    send.drain("bulk")
    assert states(run) == {"failed": 1}


def test_a_mail_service_that_is_not_there_sends_nothing(provider):
    told = {"service": "postmark", "api_key": "x", "api_url": "http://127.0.0.1:9/"}
    provider_settings.choose("email", "anymail", told, by=None)
    run = make_send(1, "email")
    send.drain("bulk")
    assert states(run) == {"queued": 1}


@pytest.mark.parametrize("service", sorted(anymail.SERVICES))
def test_every_service_of_the_list_can_be_chosen_tried_out_and_can_call_back(
    service, provider
):
    told = {
        "service": service,
        "api_key": "k",
        "second_key": "k",
        "domain": "shop.example",
        "api_url": f"{provider.url}/",
        "signing_key": P256 if service == "sendgrid" else "whsec_c2VjcmV0",
    }
    form = anymail.AnymailForm(told)
    assert form.is_valid(), form.errors
    provider_settings.choose("email", "anymail", form.cleaned_data, by=None)
    provider_settings.rotate("email", by=None)
    tried = try_out(channel_named("email")(), "ada@customers.example")
    assert provider.heard, tried.sentence
    assert b"ada@customers.example" in provider.heard[0].body.replace(b"%40", b"@")
    assert not tried.is_taken, "the sink answers 404"
    provider.heard.clear()
    run = make_send(1, "email")
    send.drain("bulk")
    assert provider.heard, only_message(run).reason
    assert b"List-Unsubscribe" in provider.heard[0].body
    if anymail.SERVICES[service].view:
        assert provider_settings.carrier("email")._view().esp_name


@pytest.mark.parametrize(
    ("service", "missing"),
    [("postal", "its API address"), ("scaleway", "its project id")],
)
def test_what_a_service_needs_is_asked_for_by_name(service, missing):
    form = anymail.AnymailForm({"service": service, "api_key": "k"})
    assert missing in str(form.errors)


def test_messages_of_a_channel_set_anew_go_the_new_way(local_sinks, provider):
    run = make_send(1, "sms")
    provider.answer("/send", (200, {"id": "g-1"}))
    provider_settings.choose(
        "sms", "gateway", {"url": f"{provider.url}/send", "password": "bearer"}, by=None
    )
    send.drain("bulk")
    assert provider.heard[0].headers["authorization"] == "Bearer bearer"
    assert provider.heard[0].json["reference"] == only_message(run).message_id
    assert channel_named("sms")().provider == provider.url
    assert Message.objects.filter(sent_at__lte=now()).count() == 1
