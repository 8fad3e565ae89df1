"""The sender's domain: records read from a real name server on loopback, what mailbox
providers answer by the recipient's domain, and the plan of a warm-up.
"""

import socket
import threading
import time
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.contrib.auth.models import Group
from django.urls import reverse

from campaigns.delivery.alerting import mailbox_answers
from campaigns.delivery.channels.mail import dkim, domain_records
from campaigns.delivery.channels.mail.domain_records import Sender
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.limits import rate_limit, warm_up
from campaigns.models import Attempt, ProviderRate, Touchpoint
from profiles.models import AuditEntry
from retention_site.lib.clock import now
from retention_site.lib.security import dns_lookup
from tests import factories
from tests.sending import local_sinks, shop  # noqa: F401

SILENT = "silent.example"
PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


class NameServer:
    """Answers TXT questions over UDP from a table; says nothing about one name."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.texts: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            raw, client = self.socket.recvfrom(4096)
            if not raw:
                return
            query = dns.message.from_wire(raw)
            name = str(query.question[0].name).rstrip(".")
            self.asked.append(name)
            if name.endswith(SILENT):
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if found := self.texts.get(name):
                parts = [
                    " ".join(f'"{one[n : n + 200]}"' for n in range(0, len(one), 200))
                    for one in found
                ]
                answer.answer.append(
                    dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *parts)
                )
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(), client)

    def close(self) -> None:
        host, port = self.socket.getsockname()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"", (host, port))
        self.thread.join(2)
        self.socket.close()


@pytest.fixture
def names(monkeypatch) -> Iterator[NameServer]:
    server = NameServer()

    def resolver() -> dns.resolver.Resolver:
        found = dns.resolver.Resolver(configure=False)
        found.nameservers = ["127.0.0.1"]
        found.port = server.socket.getsockname()[1]
        found.timeout = found.lifetime = 0.2
        return found

    monkeypatch.setattr(dns_lookup, "resolver", resolver)
    yield server
    server.close()


def tones(sender: Sender) -> dict[str, str]:
    by = dns_lookup.resolver()
    found = domain_records.check(sender, lambda name: dns_lookup.texts(name, by))
    return {one.kind: one.tone for one in found}


def sender_of(domain: str = "shop.example") -> Sender:
    signer = dkim.Signer(domain, "s1", PEM)
    return Sender(domain, domain, "mail.shop.example", signer)


def test_records_as_we_ask_for_them_are_good(names):
    for one in domain_records.wanted(sender_of()):
        names.texts[one.name] = ["google-site-verification=x", one.wanted]
    assert tones(sender_of()) == {"SPF": "good", "DKIM": "good", "DMARC": "warn"}
    names.texts["_dmarc.shop.example"] = ["v=DMARC1; p=reject"]
    assert tones(sender_of())["DMARC"] == "good"


def test_what_is_missing_doubled_or_another_key_is_bad(names):
    assert set(tones(sender_of()).values()) == {"bad"}
    names.texts["shop.example"] = ["v=spf1 -all", "v=spf1 mx -all"]
    names.texts["s1._domainkey.shop.example"] = ["v=DKIM1; k=rsa; p=AAAA"]
    names.texts["_dmarc.shop.example"] = ["v=DMARC1; pct=50"]
    assert set(tones(sender_of()).values()) == {"bad"}


@pytest.mark.parametrize(
    ("spf", "tone"),
    [
        ("v=spf1 a mx ip4:192.0.2.1 ~all", "good"),
        ("v=spf1 redirect=_spf.shop.example", "good"),
        ("V=SPF1 MX -ALL", "good"),
        ("v=spf1 mx", "warn"),
        ("v=spf1 mx ?all", "warn"),
        ("v=spf1 mx +all", "bad"),
        ("v=spf10 mx -all", "bad"),  # another version is none
        (f"v=spf1 {' '.join(f'a:h{n}.shop.example' for n in range(11))} -all", "bad"),
        ("v=spf1 include:loop.example -all", "good"),
        ("v=spf1 include:deep0.example -all", "bad"),
    ],
)
def test_spf_is_judged_by_its_rules(names, spf, tone):
    names.texts["shop.example"] = [spf]
    names.texts["loop.example"] = ["v=spf1 include:loop.example -all"]
    for n in range(40):
        names.texts[f"deep{n}.example"] = [f"v=spf1 include:deep{n + 1}.example -all"]
    assert tones(sender_of())["SPF"] == tone
    assert len(names.asked) < 20, "a chain without an end is not followed"


def test_a_name_server_that_is_silent_judges_nothing_and_keeps_nobody_waiting(names):
    began = time.monotonic()
    assert set(tones(sender_of(SILENT)).values()) == {"wait"}
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("domain", ["", "a" * 80 + ".example", "..", "münchen.example"])
def test_odd_domains_are_asked_about_without_an_error(names, domain):
    sender = Sender(domain, domain, "", None)
    by = dns_lookup.resolver()
    domain_records.check(sender, lambda name: dns_lookup.texts(name, by))


@pytest.mark.parametrize(
    ("domain", "group"),
    [
        ("gmail.com", "Gmail"),
        ("googlemail.com", "Gmail"),
        ("hotmail.fr", "Outlook"),
        ("yahoo.co.jp", "Yahoo"),
        ("vip.qq.com", ""),
        ("qq.com", "QQ"),
        ("126.com", "163"),
        ("notgmail.com", ""),
        ("gmail.com.evil.example", ""),
    ],
)
def test_domains_belong_to_their_providers(domain, group):
    assert mailbox_answers.group_of(domain) == group


@pytest.mark.django_db
def test_what_each_provider_answers_is_counted():
    run = factories.make_run(factories.make_campaign())
    for n, (domain, state) in enumerate(
        [
            ("gmail.com", "accepted"),
            ("GMail.com", "deferred"),
            ("gmail.com", "refused"),
            ("qq.com", "accepted"),
            ("shop.example", "accepted"),
        ]
    ):
        person = factories.make_customer(email=f"p{n}@{domain}")
        message = factories.make_message(run, person, state="sent")
        Attempt.objects.create(
            message=message, n=1, channel="email", provider="p", state=state
        )
        if n == 0:
            Touchpoint.objects.create(message=message, kind="complaint", at=now())
    boxes = {one.name: one.whole for one in mailbox_answers.answers()}
    gmail = boxes["Gmail"]
    assert (gmail.accepted, gmail.deferred, gmail.refused) == (1, 1, 1)
    assert (gmail.complaint, boxes["QQ"].n, boxes[""].n) == (1, 1, 1)


@pytest.mark.django_db
def test_a_warm_up_is_planned_by_the_limits_own_arithmetic():
    rate = warm_up.plan("mail.example", first=100, growth=1.5, until=500)
    assert [n for _at, n in warm_up.days(rate)] == [100, 150, 225, 337]
    assert rate_limit.take("mail.example", 150)[0] == 100
    for wrong in (
        {"first": 0},
        {"growth": 1.0},
        {"growth": float("inf")},
        {"until": 50},
    ):
        values = {"first": 100, "growth": 1.5, "until": 500} | wrong
        with pytest.raises(warm_up.BadWarmUp):
            warm_up.plan("mail.example", **values)
    warm_up.stop("mail.example")
    assert rate_limit.take("mail.example", 60)[0] == 60


@pytest.mark.django_db
def test_a_sender_that_does_not_warm_up_has_no_limit_a_day():
    ProviderRate.objects.create(provider="known.example", per_second=1000, burst=5000)
    assert rate_limit.take("known.example", 700)[0] == 700


@pytest.mark.django_db
@pytest.mark.usefixtures("local_sinks")
def test_the_page_checks_and_begins_a_warm_up(client, names, settings):
    settings.FROM_EMAIL = "Shop <hello@shop.example>"
    names.texts["_dmarc.shop.example"] = ["v=DMARC1; p=reject"]
    client.force_login(factories.make_colleague(is_superuser=True))
    page = reverse("admin:domain")
    assert "v=DMARC1; p=none" in client.get(page).content.decode()
    assert names.asked == [], "looking asks nobody"
    said = client.post(page, {"verb": "check"}).content.decode()
    assert "what becomes of mail" in said
    assert "shop.example" in names.asked
    form = {"verb": "warm_up", "first": "50", "growth": "2", "until": "1000"}
    client.post(page, form)
    rate = ProviderRate.objects.get(provider=channel_named("email")().provider)
    assert (rate.warm_up_first, rate.warm_up_growth) == (50, 2)
    entry = AuditEntry.objects.filter(verb="domain").latest("pk")
    assert entry.after["first"] == 50
    for wrong in ({"first": "x"}, {"growth": "NaN"}, {"until": "9" * 30}):
        client.post(page, form | wrong)
    rate.refresh_from_db()
    assert rate.warm_up_first == 50
    reader = factories.make_colleague()
    reader.groups.add(Group.objects.get(name="analyst"))
    client.force_login(reader)
    assert client.post(page, {"verb": "stop"}).status_code == 403
