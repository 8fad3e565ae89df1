"""Every reader of foreign text: four times the text is about four times the work,
whoever wrote it.

The readers are called as their callers call them, so the work of libraries and of our
own loops counts too.
"""

from contextlib import suppress
from time import process_time

import pytest

from campaigns.delivery import envelope_address
from campaigns.delivery.bounces import reports, verdict
from campaigns.delivery.channels.mail import dkim
from campaigns.delivery.channels.provider import Unreadable
from campaigns.delivery.replies import keywords, quoted
from campaigns.delivery.track import bot_detection
from campaigns.rendering import link_tracking, liquid
from profiles.intake import iso_times
from profiles.intake.normalisation import emails, phones
from retention_site.lib import bodies
from retention_site.lib.admin import letters
from retention_site.lib.security import log_redaction

SHORT, TIMES = 8_000, 4
FLOOR_S = 0.3  # at this length nothing straight takes as long
MOST_RATIO = 9.0  # straight: 4, by the square: 16
PIECES = [
    "A",
    "0",
    " ",
    "\t",
    "\n",
    ".",
    "-",
    "_",
    "+",
    "@",
    "(",
    "<",
    "a.",
    "a@",
    "a@a.",
    "+1 ",
    "<a ",
    "<img ",
    "{{",
    "{%",
    "{% if a %}",
    "{{ a | upcase }}",
    '"',
    '"[',
    "\\u0000",
    "1e",
    "1.",
    "é",
    "你",
    "=?utf-8?q?a?= ",
    "<b",
    "&",
    "&#",
    ",",
    ";",
    ": ",
    "\r\n ",
    "> ",
    "<!--",
    "<![CDATA[",
    "On ",
    "/",
    "%40",
    "0.0.",
    ":",
    "</body ",
]


def mail(text: str) -> bytes:
    return (
        f"From: {text}\r\nTo: {text}\r\nSubject: {text}\r\nIn-Reply-To: <{'a' * 32}@x>"
        f" {text}\r\n\r\n{text}"
    ).encode()


def nested(text: str) -> bytes:
    """A report whose parts hold parts."""
    part = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary="
        + b"b" * 60
        + b"\r\n\r\n"
    )
    return (part + b"--" + b"b" * 60 + b"\r\n") * (len(text) // 2_000) + mail(text)


READERS = {
    "a line of the log": log_redaction.hidden,
    "an address in a file": emails.email_or_none.__wrapped__,
    "a number in a file": lambda text: phones.phone_or_none.__wrapped__(text, "DE"),
    "a time": iso_times.parsed,
    "a body": lambda text: bodies.read_json(text.encode()),
    "a body of texts": lambda text: bodies.read_json(b'["' + text.encode() + b'"]'),
    "an address to send to": envelope_address.email,
    "a domain to send to": lambda text: envelope_address.email(f"a@{text}"),
    "a number to send to": envelope_address.phone,
    "a person's answer": keywords.meaning,
    "what an answer quotes": quoted.new_text,
    "a refusal": verdict.lasting,
    "a program's name": lambda text: bot_detection.weigh(
        method="GET", headers={"user-agent": text}, address=text, seconds_since_sent=1.0
    ),
    "a mail that came back": lambda text: reports.heard_in(mail(text)),
    "a report for people": lambda text: reports.heard_in(
        b"From: MAILER-DAEMON@mx.example\nSubject: failure\n" + mail(text)
    ),
    "a mail of mails": lambda text: reports.heard_in(nested(text)),
    "a signed body": lambda text: dkim.relaxed_body(text.encode()),
    "a mail's links": link_tracking._targets,
    "a mail in the admin": letters.letter,
    "a template": lambda text: liquid.parse(text, liquid.environment({}, is_html=True)),
}
REFUSALS = (
    ValueError,
    TypeError,
    UnicodeError,
    bodies.MalformedBody,
    envelope_address.BadAddress,
    Unreadable,
    liquid.WordsError,
)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_reader_of_foreign_text_costs_about_as_much_as_the_text_is_long(reader):
    slow = []
    for piece in PIECES:
        for end in ("", "!x"):
            short, long = (
                piece * (n // len(piece)) + end for n in (SHORT, SHORT * TIMES)
            )
            seconds = _seconds(reader, long)
            if seconds > FLOOR_S and _seconds(reader, long) > MOST_RATIO * _seconds(
                reader, short
            ):
                slow.append(f"{piece!r}: {seconds:.2f} s")
    assert not slow


def _seconds(reader, text: str) -> float:
    begin = process_time()
    with suppress(REFUSALS):
        reader(text)
    return process_time() - begin
