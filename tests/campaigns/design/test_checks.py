"""What is looked at before a message may go, in blocks and in code."""

import time

import pytest

from campaigns.rendering.message_checks.checked import Checked, Level, findings
from campaigns.rendering.rendered import Rendered


def letter(html: str, **more) -> Checked:
    said = Rendered(subject="Hi", preheader="Psst", html=html, text="Hi", **more)
    way = "https://shop.example/u/"
    return Checked("email", said, context={"unsubscribe_url": way})


WAY_OUT = '<a href="https://shop.example/u/">x</a>'


def said_of(html: str) -> list[str]:
    return [one.sentence for one in findings(letter(html + WAY_OUT))]


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ('<a href="">x</a>', "leads nowhere"),
        ("<a>x</a>", "leads nowhere"),
        ('<a href="#">x</a>', "leads nowhere"),
        ("<a HREF='javascript:alert(1)'>x</a>", "No mail program opens"),
        ("<a href='&#106;avascript:alert(1)'>x</a>", "No mail program opens"),
        ('<a href="/local">x</a>', "No mail program opens"),
        ('<a href="https://example.com/x">x</a>', "made-up address"),
        ('<a href="http://shop.example">x</a>', "not encrypted"),
        ('<img src="x.png">', "no alt text"),
        ("x" * 102_001, "Gmail cuts"),
        ("x" * 90_000, "that Gmail shows"),
    ],
)
def test_code_is_checked_as_blocks_are(html, why):
    assert any(why in one for one in said_of(html)), said_of(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://shop.example/a?b=1&amp;c=2">x</a>',
        '<a href="mailto:a@shop.example">x</a>',
        '<a name="top"></a>',
        '<img src="x.png" alt="">',
    ],
)
def test_what_is_fine_is_not_complained_about(html):
    assert said_of(html) == []


def test_a_letter_without_a_way_out_is_an_error():
    (first, *_rest) = findings(letter("<p>Hi</p>"))
    assert (first.level, "opt out" in first.sentence) == (Level.ERROR, True)


@pytest.mark.parametrize("piece", ["<a ", "<a '", '<img "', "<", "<a href=", "&#"])
def test_a_hostile_page_costs_no_more_than_its_length(piece):
    began = time.monotonic()
    findings(letter(piece * (200_000 // len(piece))))
    assert time.monotonic() - began < 3
