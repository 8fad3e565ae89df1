"""What providers and mail servers bring back: once, believed only when signed, and to
the right message.
"""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from standardwebhooks import Webhook

from campaigns.delivery import send
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.provider import Unreadable
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.gating.suppression import address_hash
from campaigns.delivery.replies import keywords
from campaigns.delivery.track import preference_centre
from campaigns.inbound.callbacks import take_mail
from campaigns.models import Answer, Message, Suppression, Touchpoint
from campaigns.rendering import links
from profiles.models import Consent, Customer, Event
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import BadInput, Failed
from retention_site.lib.security import signing
from tests.sending import make_send, only_message

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("local_sinks", "unhurried"),
]
TOKEN = "t0ken"
ACCOUNT = "AC" + "0" * 32


@pytest.fixture
def mailed() -> Message:
    run = make_send(1)
    send.drain("bulk")
    return only_message(run)


@pytest.fixture
def texted() -> Message:
    run = make_send(1, "sms")
    send.drain("bulk")
    return only_message(run)


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def is_suppressed(message: Message, channel: str = "email") -> str:
    address = message.customer.email if channel == "email" else message.customer.phone
    hashed = address_hash(channel_named(channel)(), address)
    return (
        Suppression.objects.filter(channel=channel, address_hash=hashed)
        .values_list("reason", flat=True)
        .first()
        or ""
    )


def events(message: Message) -> list[str]:
    kinds = (
        Event.objects.filter(customer=message.customer_id)
        .exclude(type="message_sent")
        .order_by("pk")
    )
    return list(kinds.values_list("type", flat=True))


# Mail that comes back


def report(
    message: Message,
    *,
    action="failed",
    status="5.1.1",
    kind="delivery-status",
    to="bounces@shop.example",
) -> bytes:
    """A delivery report as Postfix writes it, or a complaint as mailbox providers do."""
    original = (
        f"From: hello@shop.example\r\nTo: {message.customer.email}\r\nSubject:"
        f" x\r\nMessage-ID: <{message.message_id}@rapport.example>\r\nFeedback-ID:"
        f" {message.pk}:rapport\r\n\r\n"
    )
    if kind == "delivery-status":
        told = (
            "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822;"
            f" {message.customer.email}\r\nAction: {action}\r\nStatus:"
            f" {status}\r\nDiagnostic-Code: smtp; 550 {status} it was refused\r\n"
        )
    else:
        told = "Feedback-Type: abuse\r\nUser-Agent: SomeMailbox/1.0\r\nVersion: 1\r\n"
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\n"
        f"Message-ID: <dsn-{message.pk}@mx.example>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind};"
        ' boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{told}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def test_a_mailbox_that_does_not_exist_is_not_written_to_again(mailed):
    take_mail(report(mailed))
    assert state_of(mailed) == "bounced"
    assert "bounced: 5.1.1" in is_suppressed(mailed)
    assert events(mailed) == ["message_bounced"]
    take_mail(report(mailed))
    assert events(mailed) == ["message_bounced"], "the same report twice counts once"
    run = make_send(customers=[mailed.customer])
    send.drain("bulk")
    assert only_message(run).state == "suppressed"


@pytest.mark.parametrize(
    ("action", "status", "state", "is_given_up"),
    [
        ("failed", "5.2.2", "bounced", False),
        ("failed", "5.7.1", "bounced", False),
        ("failed", "5.1.10", "bounced", True),
        ("delayed", "4.4.1", "sent", False),
        ("relayed", "2.0.0", "sent", False),
        ("delivered", "2.0.0", "delivered", False),
    ],
)
def test_what_a_delivery_report_means(mailed, action, status, state, is_given_up):
    take_mail(report(mailed, action=action, status=status))
    assert state_of(mailed) == state
    assert bool(is_suppressed(mailed)) == is_given_up


def test_a_complaint_ends_it(mailed):
    take_mail(report(mailed, kind="feedback-report"))
    assert state_of(mailed) == "complained"
    assert is_suppressed(mailed).startswith("complaint: abuse")
    assert events(mailed) == ["message_complained"]


def test_a_complaint_after_delivery_counts_and_a_bounce_after_it_moves_nothing(mailed):
    take_mail(report(mailed, action="delivered", status="2.0.0"))
    take_mail(report(mailed, status="5.2.2").replace(b"dsn-", b"later-"))
    assert state_of(mailed) == "delivered"
    take_mail(report(mailed, kind="feedback-report").replace(b"dsn-", b"latest-"))
    assert state_of(mailed) == "complained"


def test_a_report_is_known_by_its_return_path_when_it_holds_nothing_else(mailed):
    raw = report(
        mailed, to=f"bounces+{signing.token('bounces', mailed.pk)}@shop.example"
    )
    bare = raw[: raw.index(b"--b\r\nContent-Type: text/rfc822")] + b"--b--\r\n"
    take_mail(bare)
    assert state_of(mailed) == "bounced"


@pytest.mark.parametrize(
    "change",
    [
        lambda m: report(m).replace(m.message_id.encode(), b"0" * 32),  # a guess
        lambda m: report(
            m, to=f"bounces+{m.pk}.AAAAAAAAAAAAAAAAAAAA@shop.example"
        ).replace(m.message_id.encode(), b"0" * 32),
    ],
)
def test_nobody_can_make_up_a_bounce_of_a_message_they_have_not_seen(mailed, change):
    take_mail(change(mailed))
    assert state_of(mailed) == "sent"
    assert not Suppression.objects.exists(), (
        "an address that anybody may name is not given up"
    )


def test_a_report_gives_up_no_other_address_than_its_messages_own(mailed):
    """It may name where mail was forwarded to, or whatever its writer likes."""
    raw = report(mailed).replace(
        b"Final-Recipient: rfc822; ", b"Final-Recipient: rfc822; victim+"
    )
    take_mail(raw)
    assert state_of(mailed) == "bounced"
    assert not Suppression.objects.exists()


def test_a_mail_server_may_post_the_mail_instead_signed(client, mailed):
    secret, moment, raw = (
        provider_settings.rotate("email", by=None),
        real_now(),
        report(mailed),
    )

    def post(secret: str) -> int:
        headers = {
            "webhook-id": "m1",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign("m1", moment, raw.decode()),
        }
        return client.post(
            "/callbacks/email/smtp", raw, content_type="message/rfc822", headers=headers
        ).status_code

    assert post("whsec_" + base64.b64encode(b"x" * 24).decode()) == 401
    assert state_of(mailed) == "sent"
    assert post(secret) == 200
    assert state_of(mailed) == "bounced"


def answer_to(message: Message, text: str, **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Ada <{message.customer.email.upper()}>"
    mail["To"] = "hello@shop.example"
    mail["Message-ID"] = f"<{hashlib.sha256(text.encode()).hexdigest()}@home.example>"
    mail["In-Reply-To"] = f"<{message.message_id}@rapport.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def test_an_answer_is_kept_without_what_it_quotes(mailed):
    take_mail(
        answer_to(
            mailed, "Do you have rye bread?\n\nOn Monday the shop wrote:\n> Dear Ada"
        )
    )
    touch = Touchpoint.objects.get(message=mailed)
    assert (touch.kind, touch.evidence["text"]) == ("reply", "Do you have rye bread?")
    assert events(mailed) == ["message_replied"]


def test_a_note_of_absence_is_no_answer(mailed):
    take_mail(answer_to(mailed, "I am away", Auto_Submitted="auto-replied"))
    assert not Touchpoint.objects.exists()


def test_an_answer_that_says_unsubscribe_is_obeyed(mailed):
    take_mail(answer_to(mailed, "Unsubscribe.\n"))
    assert (
        Consent.objects.filter(customer=mailed.customer).latest("pk").status
        == "withdrawn"
    )
    assert events(mailed) == ["message_replied", "unsubscribed"]


QUOTED = (
    "\n\nOn Monday the shop wrote:\n> Dear Ada, our sale does not stop\n> Unsubscribe"
)


@pytest.mark.parametrize(
    "text",
    [
        "STOP please",
        "Stop. Thank you",
        "Arrêt",
        "opt-out",
        "BAJA",
        "Please stop",
        "Abmelden",
        "ＳＴＯＰ",
        "STOP\n\nAda Moreau",
    ],
)
def test_stop_by_mail_stops_in_its_ordinary_forms(mailed, text):
    take_mail(answer_to(mailed, text + QUOTED))
    assert (
        Consent.objects.filter(customer=mailed.customer).latest("pk").status
        == "withdrawn"
    )
    assert is_suppressed(mailed) == "answered STOP"
    assert not Answer.objects.waiting().exists()


@pytest.mark.parametrize(
    "text",
    [
        "please don't stop",
        "When does the sale stop?",
        "CANCEL my order",
        "Thanks!",
        "\u200b",
    ],
)
def test_double_meaning_goes_to_a_person(mailed, text):
    take_mail(answer_to(mailed, text + QUOTED))
    assert not Consent.objects.filter(
        customer=mailed.customer, status="withdrawn"
    ).exists()
    assert [one.message_id for one in Answer.objects.waiting()] == [mailed.pk]


def test_what_stands_below_a_quotation_is_heard_and_what_it_quotes_is_not(mailed):
    take_mail(answer_to(mailed, "> Reply STOP to end\n\nStop please"))
    assert is_suppressed(mailed) == "answered STOP"


def test_an_answer_in_html_is_read_without_its_quotation(mailed):
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = mailed.customer.email, "<x@home.example>"
    mail["In-Reply-To"] = f"<{mailed.message_id}@rapport.example>"
    mail.set_content(
        '<p>Stop please</p><div class="gmail_quote">STOPPED?'
        " <blockquote>Hi</blockquote></div>",
        "html",
    )
    take_mail(mail.as_bytes())
    assert (
        Touchpoint.objects.filter(kind="reply").get().evidence["text"] == "Stop please"
    )
    assert is_suppressed(mailed) == "answered STOP"


def test_nobody_opens_a_channel_for_someone_else_by_a_mail(mailed):
    suppression.suppress(
        channel_named("email")(), mailed.customer.email, suppression.ANSWERED_STOP
    )
    take_mail(answer_to(mailed, "START").replace(mailed.message_id.encode(), b"0" * 32))
    assert is_suppressed(mailed) == "answered STOP"


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe"])
def test_what_is_no_mail_is_said_in_one_sentence(raw):
    with pytest.raises(Unreadable):
        take_mail(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: hello\r\n\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
        (
            b"Content-Type: multipart/report; report-type=feedback-report;"
            b' boundary="\r\n\r\n--\r\n'
        ),
        b"Content-Type: message/delivery-status\r\nIn-Reply-To: <x@y>\r\n\r\n\0",
    ],
)
def test_mail_that_tells_nothing_changes_nothing(raw, mailed):
    assert take_mail(raw) == []
    assert state_of(mailed) == "sent"


# Text messages


def gateway(client, body: dict, event_id: str = "e1", secret: str | None = None):
    secret = secret or provider_settings.rotate("sms", by=None)
    raw, moment = json.dumps(body), real_now()
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, moment, raw),
    }
    return client.post(
        "/callbacks/sms/gateway", raw, content_type="application/json", headers=headers
    )


@pytest.mark.parametrize(
    "text", ["STOP", " stop. ", "Stopp", "unsubscribe", "STOP ALL", "退订"]
)
def test_stop_ends_text_messages_before_the_answer(client, texted, text):
    answer = gateway(
        client, {"type": "reply", "from": texted.customer.phone, "text": text}
    )
    assert answer.status_code == 200
    assert "START" in answer.json()["replies"][0]
    assert (
        Consent.objects.filter(customer=texted.customer, channel="sms")
        .latest("pk")
        .status
        == "withdrawn"
    )
    assert is_suppressed(texted, "sms") == "answered STOP"
    assert set(events(texted)) == {"message_replied", "unsubscribed"}
    run = make_send(channel="sms", customers=[texted.customer], kind="transactional")
    send.drain("bulk")
    assert only_message(run).state == "suppressed"


def test_start_opens_it_again_and_so_does_the_preference_centre(client, texted):
    secret = provider_settings.rotate("sms", by=None)
    for n, text in enumerate(["STOP", "START"]):
        gateway(
            client,
            {"type": "reply", "from": texted.customer.phone, "text": text},
            f"e{n}",
            secret,
        )
    assert (
        Consent.objects.filter(customer=texted.customer).latest("at").status
        == "granted"
    )
    assert not is_suppressed(texted, "sms")
    gateway(
        client,
        {"type": "reply", "from": texted.customer.phone, "text": "STOP"},
        "e3",
        secret,
    )
    preference_centre.choose(texted, {"sms": True}, network="")
    assert not is_suppressed(texted, "sms"), "the customer said so"


def test_help_is_told_how_and_talk_is_only_kept(client, texted):
    secret = provider_settings.rotate("sms", by=None)
    said = gateway(
        client,
        {"type": "reply", "from": texted.customer.phone, "text": "HELP"},
        "e1",
        secret,
    )
    assert "STOP" in said.json()["replies"][0]
    said = gateway(
        client,
        {"type": "reply", "from": texted.customer.phone, "text": "stop by at noon?"},
        "e2",
        secret,
    )
    assert said.json()["replies"] == []
    assert (
        Consent.objects.filter(customer=texted.customer).latest("pk").status
        == "granted"
    )
    assert list(Touchpoint.objects.values_list("evidence__text", flat=True)) == [
        "HELP",
        "stop by at noon?",
    ]


def test_a_stranger_who_answers_stop_is_never_written_to(client):
    gateway(client, {"type": "reply", "from": "+49301234567", "text": "STOP"})
    customer = Customer.objects.create(external_id="new", phone="+49301234567")
    Consent.objects.create(
        customer=customer, channel="sms", status="granted", at=now() - timedelta(days=1)
    )
    run = make_send(channel="sms", customers=[customer])
    send.drain("bulk")
    assert only_message(run).state == "suppressed"


def test_reports_of_a_gateway(client, texted):
    ref = texted.attempts.get().provider_ref
    secret = provider_settings.rotate("sms", by=None)
    gateway(client, {"type": "delivered", "id": ref}, "e1", secret)
    assert state_of(texted) == "delivered"


def test_a_number_that_is_gone_is_given_up(client, texted):
    ref = texted.attempts.get().provider_ref
    for _time in range(2):
        gateway(
            client, {"type": "failed", "id": ref, "detail": "unknown", "lasting": True}
        )
    assert state_of(texted) == "bounced"
    assert is_suppressed(texted, "sms") == "bounced: unknown"
    assert events(texted) == ["message_bounced"]


@pytest.mark.parametrize("secret", ["whsec_" + base64.b64encode(b"x" * 24).decode()])
def test_what_nobody_signed_is_refused(client, texted, secret):
    provider_settings.rotate("sms", by=None)
    answer = gateway(
        client,
        {"type": "reply", "from": texted.customer.phone, "text": "STOP"},
        secret=secret,
    )
    assert answer.status_code == 401
    assert not is_suppressed(texted, "sms")


def test_a_report_that_comes_before_our_own_result_is_asked_for_again(client, texted):
    ref = texted.attempts.get().provider_ref
    Message.objects.filter(pk=texted.pk).update(state="sending")
    answer = gateway(client, {"type": "delivered", "id": ref})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


def test_a_provider_that_tells_of_a_message_has_it(client, texted):
    ref = texted.attempts.get().provider_ref
    texted.attempts.update(state="uncertain")
    Message.objects.filter(pk=texted.pk).update(state="uncertain", sent_at=None)
    gateway(client, {"type": "delivered", "id": ref})
    assert state_of(texted) == "delivered"
    assert texted.attempts.get().state == "accepted"


def twilio(
    client, fields: dict, token: str = TOKEN, url: str = "http://127.0.0.1:8000"
):
    said = f"{url}/callbacks/sms/twilio" + "".join(
        f"{name}{fields[name]}" for name in sorted(fields)
    )
    signature = base64.b64encode(
        hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    ).decode()
    return client.post(
        "/callbacks/sms/twilio",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )


def test_the_signature_of_twilios_own_documentation():
    """https://www.twilio.com/docs/usage/security, the worked example."""
    from campaigns.delivery.channels.callback_signatures import form_hmac

    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert form_hmac("12345", url, fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not form_hmac(
        "12345", url, {**fields, "Digits": "1235"}, "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )


def test_twilio_brings_replies_and_reports(client, settings):
    settings.BASE_URL = "http://127.0.0.1:8000"
    run = make_send(1, "sms")
    message = only_message(run)
    provider_settings.choose(
        "sms", "twilio", {"account": ACCOUNT, "token": "t0ken"}, by=None
    )
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=now())
    message.attempts.create(
        n=1,
        channel="sms",
        provider=provider_settings.carrier("sms").name,
        provider_ref="SM1",
        state="accepted",
    )
    assert (
        twilio(client, {"MessageSid": "SM1", "MessageStatus": "delivered"}).status_code
        == 200
    )
    assert state_of(message) == "delivered"
    answer = twilio(
        client, {"MessageSid": "SM2", "From": message.customer.phone, "Body": "HELP"}
    )
    assert b"<Response><Message>" in answer.content
    answer = twilio(
        client,
        {
            "MessageSid": "SM3",
            "From": message.customer.phone,
            "Body": "STOP",
            "OptOutType": "STOP",
        },
    )
    assert b"<Message>" not in answer.content, "Twilio has answered"
    assert is_suppressed(message, "sms")
    assert (
        twilio(
            client, {"MessageSid": "SM4", "From": "+1", "Body": "STOP"}, token="other"
        ).status_code
        == 401
    )


# Mail services


def test_a_mail_service_tells_of_bounces_and_complaints(client, mailed):
    provider_settings.choose(
        "email", "anymail", {"service": "postmark", "api_key": "x"}, by=None
    )
    password = provider_settings.rotate("email", by=None).removeprefix("whsec_")

    def call(body: dict, password: str = password):
        pair = base64.b64encode(f"rapport:{password}".encode()).decode()
        raw = json.dumps(
            {
                "MessageID": "pm-1",
                "Metadata": {"message": str(mailed.pk), "key": mailed.message_id},
                **body,
            }
        )
        return client.post(
            "/callbacks/email/anymail",
            raw,
            content_type="application/json",
            headers={"Authorization": f"Basic {pair}"},
        )

    bounce = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 42,
        "Email": mailed.customer.email,
        "Details": "no such user",
    }
    assert call(bounce, "guess").status_code == 401
    assert state_of(mailed) == "sent"
    for _time in range(2):
        assert call(bounce).status_code == 200
    assert state_of(mailed) == "bounced"
    assert is_suppressed(mailed) == "bounced: no such user"
    assert events(mailed) == ["message_bounced"]
    forged = {
        **bounce,
        "ID": 43,
        "Metadata": {"message": str(mailed.pk), "key": "0" * 32},
    }
    Message.objects.filter(pk=mailed.pk).update(state="sent")
    call(forged)
    assert state_of(mailed) == "sent"
    assert call({"nonsense": 1}).status_code in (200, 400)


@pytest.mark.parametrize("path", ["email/nobody", "nothing/smtp", "push/fcm"])
def test_addresses_of_nobody(client, path):
    assert (
        client.post(
            f"/callbacks/{path}", "{}", content_type="application/json"
        ).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Stop!", "stop"),
        ("  END", "stop"),
        ("YES", "talk"),
        ("start", "start"),
        ("hilfe?", "help"),
        ("", "talk"),
        ("T", "stop"),
    ],
)
def test_what_words_ask_for(text, meant):
    assert keywords.meaning(text) == meant


def test_one_click_by_post_ends_it_and_looking_does_not(client, mailed):
    """RFC 8058: a mail program posts without cookies, and scanners only look."""
    path = links.unsubscribe_url(mailed.pk).removeprefix("http://127.0.0.1:8000")
    path = path[path.index("/u/") :]
    for look in (client.get, client.head):
        assert look(path).status_code == 200
    assert not Consent.objects.filter(
        customer=mailed.customer, status="withdrawn"
    ).exists()
    raw = "List-Unsubscribe=One-Click"
    assert (
        client.post(
            path, raw, content_type="application/x-www-form-urlencoded"
        ).status_code
        == 200
    )
    assert Consent.objects.filter(customer=mailed.customer, status="withdrawn").exists()


def test_the_command_takes_a_mail_from_a_mail_server(mailed, tmp_path, capsys):
    file = tmp_path / "mail"
    file.write_bytes(report(mailed))
    call_command("take_mail", str(file), "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"told": ["bounced"]}
    assert state_of(mailed) == "bounced"
    Message.objects.filter(pk=mailed.pk).update(state="sending")
    with pytest.raises(Failed):
        call_command("take_mail", str(file))
    file.write_bytes(b"")
    with pytest.raises(BadInput):
        call_command("take_mail", str(file))
