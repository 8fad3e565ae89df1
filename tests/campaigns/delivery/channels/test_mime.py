"""E-mail as bytes: read back by the standard library's parser, whatever the name or
subject holds.
"""

from email import message_from_bytes
from email.policy import default, strict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.delivery.channels.line import Outgoing
from campaigns.delivery.channels.mail import mime
from retention_site.lib.clock import now

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
HEADERS = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "list-unsubscribe",
}


def build(**facts) -> bytes:
    outgoing = Outgoing(
        **{"message": 1, "key": "k" * 32, "address": "ada@x.example", "text": "Hello"}
        | facts
    )
    return mime.message(
        outgoing,
        sender="Shop <hello@shop.example>",
        message_id="<k@shop.example>",
        at=now(),
        headers=[("List-Unsubscribe", "<https://shop.example/u/1.x>")],
    )


def parse(raw: bytes):
    return message_from_bytes(raw, policy=default)


@given(name=ANY_TEXT, subject=ANY_TEXT)
def test_no_name_or_subject_breaks_out_of_its_header(name, subject):
    parsed = parse(build(name=name, subject=subject))
    assert {header.lower() for header in parsed} == HEADERS | {
        "content-transfer-encoding"
    }
    assert [address.addr_spec for address in parsed["To"].addresses] == [
        "ada@x.example"
    ]
    assert parsed["Bcc"] is None
    assert parsed.get_content().strip() == "Hello"


@given(text=ANY_TEXT, html=ANY_TEXT.filter(bool))
def test_bodies_come_back_as_they_were(text, html):
    parsed = parse(build(text=text, html=html))
    assert [part.get_content_type() for part in parsed.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    assert parsed.get_body(("plain",)).get_payload(decode=True).decode() == text
    assert parsed.get_body(("html",)).get_payload(decode=True).decode() == html


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Zoë Müller", "Zoë Müller"),
        ("李雷", "李雷"),
        ("👩‍💻 Ada", "👩‍💻 Ada"),
        ('O"Brien, Jr.', 'O"Brien, Jr.'),
        ("Eve\r\nBcc: all@x.example", "Eve Bcc: all@x.example"),
        ("Eve\u2028Bcc: all@x.example", "Eve Bcc: all@x.example"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("Ada\x00Lovelace", "Ada Lovelace"),
    ],
)
def test_names_of_the_world_are_shown_as_they_are_and_tricks_are_not(given_name, shown):
    parsed = parse(build(name=given_name, subject=given_name))
    assert parsed["To"].addresses[0].display_name == shown
    assert parsed["Subject"] == shown


def test_an_endless_name_is_cut_and_an_endless_subject_is_not():
    parsed = parse(build(name="x" * 300, subject="ü" * 300))
    assert parsed["To"].addresses[0].display_name == "x" * 100
    assert parsed["Subject"] == "ü" * 300


@pytest.mark.parametrize(
    "text", ["a" * 5000, "é" * 2000, "line\n" * 500, ".\n..\n.", ""]
)
def test_no_line_is_longer_than_a_mail_server_takes(text):
    raw = build(text=text, html=f"<p>{text}</p>", subject=text.replace("\n", " ")[:800])
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_templates_may_add_headers_but_not_replace_ours():
    parsed = parse(
        build(
            headers={
                "X-Campaign": "spring",
                "Bcc": "all@x.example",
                "Subject": "mine",
                "Bad Name": "x",
                "X-A": "b\r\nC: d",
            }
        )
    )
    assert parsed["X-Campaign"] == "spring"
    assert parsed["X-A"] == "b C: d"
    assert parsed["Bcc"] is None
    assert parsed["C"] is None
    assert parsed.get_all("Subject") == [""]


def test_a_strict_parser_finds_no_defect():
    message = message_from_bytes(
        build(html="<p>x</p>", subject="Grüße", name="Zoë"), policy=strict
    )
    assert not message.defects
    assert message["Date"].datetime.utcoffset() is not None
