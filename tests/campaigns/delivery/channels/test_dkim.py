"""Our signatures, checked by another program (dkimpy)."""

import dkim as verifier
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from campaigns.delivery import send
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.email import Stationery, letter
from campaigns.delivery.channels.line import Outgoing
from campaigns.delivery.channels.mail import dkim
from campaigns.delivery.sinks import ports
from retention_site.lib.clock import real_now
from tests.sending import make_send, only_message, taken

KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def pem(kind: str) -> str:
    return (
        KEYS[kind]
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )


def is_signed(raw: bytes, kind: str) -> bool:
    def record(name: bytes, **_options) -> bytes:
        assert name == b"news._domainkey.shop.example."
        return dkim.record_of(pem(kind)).encode()

    return verifier.verify(raw, dnsfunc=record)


@pytest.mark.parametrize("kind", list(KEYS))
@pytest.mark.parametrize(
    ("subject", "text", "html"),
    [
        ("Hello", "Plain", ""),
        ("Grüße 🥐 " * 20, "Zeile\r\n\r\n\r\n", "<p>Grüße</p>"),
        ("", "", ""),
        ("two  spaces\tand tabs", "x" * 5000, "<p>" + "y" * 5000 + "</p>"),
    ],
)
def test_another_program_finds_the_signature_good(kind, subject, text, html):
    stationery = Stationery(
        signer=dkim.Signer("shop.example", "news", pem(kind)),
        replies_to="team@shop.example",
    )
    out = Outgoing(
        1,
        "0" * 32,
        "ada@x.example",
        name="Ada, “Lovelace”",
        subject=subject,
        text=text,
        html=html,
    )
    raw = letter(out, stationery)
    assert is_signed(raw, kind)
    assert b"list-unsubscribe:list-unsubscribe-post" in raw.partition(b"bh=")[0], (
        "RFC 8058 wants them signed"
    )
    at = raw.index(b"Subject:")
    assert not is_signed(raw[:at] + b"Subject: other\r\nX-" + raw[at:], kind)
    assert not is_signed(
        raw.replace(b"From: ", b"From: <x@evil.example>\r\nFrom: ", 1), kind
    )
    assert (
        not is_signed(raw.replace(b"charset=utf-8", b"charset=utf-7"), kind)
        or b"multipart" not in raw
    )


@pytest.mark.parametrize("kind", list(KEYS))
def test_bodies_of_every_shape(kind):
    signer = dkim.Signer("shop.example", "news", pem(kind))
    for body in (
        b"",
        b"\r\n\r\n",
        b"a \t b\r\n \r\n\r\n",
        b"no end",
        b"  lead\r\ntrail  \r\n",
        b"\r\n\r\nx\r\n",
    ):
        raw = (
            b"From: a@shop.example\r\nTo: b@x.example\r\nSubject:  folded\r\n  line"
            b" \r\n\r\n" + body
        )
        signed = signer.signature(raw, real_now()) + raw
        assert is_signed(signed, kind), body


@pytest.mark.django_db
def test_what_leaves_by_smtp_is_signed(local_sinks, unhurried):
    here = ports.read()
    told = {
        "host": "127.0.0.1",
        "port": here.smtp,
        "security": "smtp",
        "sender": "Corner Shop <hello@shop.example>",
        "dkim_domain": "shop.example",
        "dkim_selector": "news",
        "dkim_key": pem("ed25519"),
        "bounces_to": "bounces@shop.example",
    }
    provider_settings.choose("email", "smtp", told, by=None)
    run = make_send(1)
    send.drain("bulk")
    (line,) = taken()
    raw = line["raw"].encode("latin-1")
    assert is_signed(raw, "ed25519")
    assert b'From: "Corner Shop" <hello@shop.example>' in raw
    assert line["from"].startswith(f"bounces+{only_message(run).pk}.")


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_one_sentence(text):
    with pytest.raises(dkim.BadKey):
        dkim.private_key(text)
