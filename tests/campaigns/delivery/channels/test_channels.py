"""Each provider's own ways."""

import socket
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured
from requests_hardened.ip_filter import InvalidIPAddress
from standardwebhooks import Webhook as Verifier

from campaigns.delivery import send
from campaigns.delivery.channels import endpoints, http
from campaigns.delivery.channels.mail import smtp
from campaigns.delivery.channels.providers import fcm
from campaigns.delivery.channels.providers.standard_webhooks import own_secret
from campaigns.delivery.outcome import Answer
from campaigns.models import Message
from profiles.models import Device
from retention_site.lib.security import outbound
from tests.sending import make_send, only_message, states, taken


@pytest.mark.django_db
def test_webhooks_are_signed_so_that_the_receiver_can_tell(local_sinks):
    make_send(1, "webhook")
    send.drain("bulk")
    (line,) = taken("webhook")
    assert (
        Verifier(own_secret()).verify(line["raw"], line["headers"])["data"]["text"]
        == "Ada"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "ftp://x.example/"]
)
def test_a_webhook_never_leads_into_our_own_network(url, local_sinks):
    run = make_send(1, "webhook", messages={"webhook": {"text": "x", "url": url}})
    send.drain("bulk")
    assert states(run) == {"failed": 1}
    assert taken("webhook") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/",
        "http://168.63.129.16/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://198.18.0.1/",
        "http://user:pass@8.8.8.8/",
        "http://8.8.8.8:99999/",
        "http:///path",
        "https://",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "//8.8.8.8/",
        "javascript:alert(1)",
        "http://[::1",
        "http://127.0.0.1%2f@8.8.8.8/",
    ],
)
def test_addresses_that_lead_inside_are_refused(url):
    with pytest.raises(outbound.ForbiddenAddress):
        outbound.check(url)


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "169.254.169.254", "168.63.129.16", "::127.0.0.1", "fd00::1"],
)
def test_a_name_that_moves_inside_after_the_check_is_refused_when_it_is_connected_to(
    inside, monkeypatch
):
    answers = iter(["8.8.8.8", inside])

    def look_up(_host, port, *_rest, **_options):
        address = next(answers)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = outbound.check("http://moves.example/")
    with outbound.session(1.0) as session, pytest.raises(InvalidIPAddress):
        session.post(url, data=b"x")


def test_public_addresses_are_let_through():
    assert outbound.check("https://8.8.8.8/hook") == "https://8.8.8.8/hook"


@pytest.mark.django_db
def test_push_goes_to_the_newest_device_in_the_shape_of_fcm(local_sinks):
    run = make_send(1, "push")
    customer = only_message(run).customer
    Device.objects.create(customer=customer, kind=Device.Kind.FCM, token="newest")
    Device.objects.create(
        customer=customer, kind=Device.Kind.FCM, token="gone", is_active=False
    )
    send.drain("bulk")
    (line,) = taken("push")
    assert line["body"]["message"]["token"] == "newest"
    assert line["body"]["message"]["notification"] == {
        "title": "Hello",
        "body": "Dear Ada",
    }
    assert line["body"]["message"]["data"]["url"].startswith(
        "https://shop.example/bread?utm_source=rapport&utm_medium=push"
    )


def test_a_device_is_forgotten_only_when_the_app_is_gone():
    read = fcm.read
    gone = b'{"error": {"code": 404, "details": [{"errorCode": "UNREGISTERED"}]}}'
    assert read(http.Reply(404, {}, gone)).forgets_address
    for status, body in [
        (404, b"{}"),
        (400, gone),
        (403, b"x"),
        (500, gone),
        (404, b"<html>"),
    ]:
        assert not read(http.Reply(status, {}, body)).forgets_address


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, b'{"id": 7}', Answer.ACCEPTED),
        (202, b'{"id": "x"}', Answer.ACCEPTED),
        (200, b"{", Answer.NO_ANSWER),
        (200, b"[]", Answer.NO_ANSWER),
        (200, b"<html>", Answer.NO_ANSWER),
        (400, b"", Answer.REFUSED),
        (422, b"", Answer.REFUSED),
        (401, b"", Answer.DEFERRED),
        (403, b"", Answer.DEFERRED),
        (408, b"", Answer.DEFERRED),
        (429, b"", Answer.DEFERRED),
        (503, b"", Answer.DEFERRED),
        (500, b"", Answer.NO_ANSWER),
        (502, b"", Answer.NO_ANSWER),
        (504, b"", Answer.NO_ANSWER),
        (302, b"", Answer.NO_ANSWER),
        (100, b"", Answer.NO_ANSWER),
    ],
)
def test_http_answers_in_our_words(status, body, answer):
    assert (
        http.judge(http.Reply(status, {}, body), lambda said: said["id"]).answer
        == answer
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9999999", 86400),
    ],
)
def test_retry_after_in_seconds(text, seconds):
    assert http.retry_after(text) == seconds


def test_retry_after_as_a_date_in_the_past_means_now():
    assert http.retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (250, Answer.ACCEPTED),
        (251, Answer.ACCEPTED),
        (421, Answer.DEFERRED),
        (450, Answer.DEFERRED),
        (452, Answer.DEFERRED),
        (530, Answer.DEFERRED),  # our account, not the recipient
        (550, Answer.REFUSED),
        (554, Answer.REFUSED),
        (354, Answer.NO_ANSWER),
        (199, Answer.NO_ANSWER),
        (600, Answer.NO_ANSWER),
    ],
)
def test_smtp_answers_in_our_words(code, answer):
    assert smtp.judge(smtp.Reply(code, "said")).answer == answer


def test_only_a_mailbox_that_does_not_exist_is_forgotten():
    assert smtp.judge(smtp.Reply(550, "5.1.1 no such user")).forgets_address
    assert not smtp.judge(smtp.Reply(550, "5.7.1 not wanted here")).forgets_address


class Script:
    """A mail server that says its lines one after the other, whatever it hears."""

    def __init__(self, *answers: bytes, hangs_up: bool = True) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.heard = b""
        self.thread = threading.Thread(
            target=self._talk, args=(answers, hangs_up), daemon=True
        )
        self.thread.start()

    def _talk(self, answers: tuple[bytes, ...], hangs_up: bool) -> None:
        talk, _ = self.listener.accept()
        with talk:
            for answer in answers:
                talk.sendall(answer)
                self.heard += talk.recv(65536)
            while not hangs_up and (said := talk.recv(65536)):
                self.heard += said

    @property
    def endpoint(self) -> endpoints.Endpoint:
        return endpoints.parse(f"smtp://127.0.0.1:{self.listener.getsockname()[1]}")


HELLO = (b"220 ready\r\n", b"250-x\r\n250 PIPELINING\r\n")
PLAIN = (b"220 ready\r\n", b"250 x\r\n")


def talk_to(script: Script, n: int = 1, may_go=lambda: True) -> list[Answer]:
    conversation = smtp.Conversation(script.endpoint, 1.0)
    conversation.connect()
    letters = [
        smtp.Letter("a@x.example", f"b{i}@x.example", b"Subject: x\r\n\r\n.dot\r\n")
        for i in range(n)
    ]
    return [one.answer for one in smtp.deliver(conversation, letters, may_go)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((b"250 ok\r\n250 ok\r\n354 go\r\n", b"250 taken\r\n"), [Answer.ACCEPTED]),
        ((b"250 ok\r\n250 ok\r\n354 go\r\n", b"2"), [Answer.NO_ANSWER]),
        ((b"250 ok\r\n250 ok\r\n354 go\r\n",), [Answer.NO_ANSWER]),
        ((b"250 ok\r\n250 ok\r\n354 go\r\n", b"25x taken\r\n"), [Answer.NO_ANSWER]),
        (
            (b"250 ok\r\n250 ok\r\n354 go\r\n", b"250-one\r\n250-two\r\n250 three\r\n"),
            [Answer.ACCEPTED],
        ),
        ((b"250 ok\r\n250 ok\r\n",), [Answer.UNSENT]),
        (
            (b"250 ok\r\n550 no\r\n503 no recipients\r\n", b"250 reset\r\n"),
            [Answer.REFUSED],
        ),
        (
            (
                b"250 ok\r\n450 later\r\n354 go anyway\r\n",
                b"554 nobody\r\n",
                b"250 reset\r\n",
            ),
            [Answer.DEFERRED],
        ),
        ((b"421 bye\r\n421 bye\r\n421 bye\r\n",), [Answer.DEFERRED]),
        ((b"garbage\r\n",), [Answer.UNSENT]),
        ((b"250 ok\r\n250 ok\r\n452 full\r\n", b"250 reset\r\n"), [Answer.DEFERRED]),
    ],
)
def test_every_turn_of_a_pipelined_conversation_is_told_apart(answers, expected):
    assert talk_to(Script(*HELLO, *answers)) == expected


def test_without_pipelining_each_command_waits_for_its_answer():
    script = Script(
        *PLAIN, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 taken\r\n"
    )
    assert talk_to(script) == [Answer.ACCEPTED]
    assert (
        b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b0@x.example>\r\nDATA\r\n" in script.heard
    )
    assert b"\r\n..dot\r\n.\r\n" in script.heard, (
        "a dot at the start of a line is doubled"
    )


def test_body_and_next_envelope_travel_together():
    turn = b"250 ok\r\n250 ok\r\n354 go\r\n"
    script = Script(*HELLO, turn, b"250 taken\r\n" + turn, b"250 taken\r\n")
    assert talk_to(script, 2) == [Answer.ACCEPTED] * 2
    assert (
        b"\r\n.\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b1@x.example>\r\nDATA\r\n"
        in script.heard
    )


def test_hanging_up_before_the_dot_takes_the_message_back():
    script = Script(*HELLO, b"250 ok\r\n250 ok\r\n354 go\r\n", hangs_up=False)
    assert talk_to(script, may_go=lambda: False) == [Answer.UNSENT]
    script.thread.join(5)
    assert b"\r\n.\r\n" not in script.heard


def test_an_answer_that_drips_is_not_waited_for_for_ever():
    script = Script(*HELLO, b"250 ok\r\n250 ok\r\n354 go\r\n", b"250", hangs_up=False)
    assert talk_to(script) == [Answer.NO_ANSWER]


@pytest.mark.parametrize(
    ("url", "port", "host"),
    [
        ("smtp://mail.example", 25, "mail.example"),
        ("smtp+tls://u%40x:p%2F@mail.example", 587, "mail.example"),
        ("smtps://mail.example:4650", 4650, "mail.example"),
        ("https://sms.example/v2/send?idempotent=1", 443, "sms.example"),
    ],
)
def test_provider_addresses(url, port, host):
    found = endpoints.parse(url)
    assert (found.port, found.host) == (port, host)


@pytest.mark.parametrize(
    "url",
    ["mail.example", "smtp://", "imap://mail.example", "smtp://mail.example:99999"],
)
def test_a_wrong_provider_address_is_one_sentence(url):
    with pytest.raises(ImproperlyConfigured):
        endpoints.parse(url)


@pytest.mark.django_db
def test_sinks_that_never_ran_let_messages_wait_and_say_what_to_do(shop):
    run = make_send(2)
    send.drain("bulk")
    assert states(run) == {"queued": 2}
    assert "manage.py sinks" in Message.objects.first().reason
