"""The messages that come with the product: complete for whoever gets them, whatever is
known.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns.lifecycle.campaign_files import load
from campaigns.rendering.compose import preview
from campaigns.rendering.template_cache import VersionWords
from campaigns.rendering.template_context import (
    Card,
    CouponFacts,
    Person,
    Visits,
    context,
)

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
DEMO = Path(__file__).parents[3] / "campaigns" / "demo"
NASTY = '<script>alert(1)</script> {{ x }} "Milk" & honey {% if %}'
CARDS = [
    Card(
        "1",
        NASTY,
        "You buy this every 9 days",
        price=Decimal("2.49"),
        currency="USD",
        url="https://shop.example/1",
    ),
    Card("2", "全脂牛奶 🥛", "", image_url="https://shop.example/2.png"),
]
COUPON = CouponFacts(
    "7K3M-9QXT-B2WD", Decimal(5), "USD", datetime(2024, 5, 15, tzinfo=UTC), Decimal(20)
)
KNOWN = context(
    Person("7", "Mary", "Smith", "en", ZoneInfo("America/New_York")),
    now=NOW,
    visits=Visits(9, 41),
    cards=CARDS,
    coupon=COUPON,
    data={"order_id": "10042", "total": "31.80"},
)
STRANGER = context(Person("8"), now=NOW, visits=Visits(), data={"order_id": "10042"})
CAMPAIGNS = ("win_back", "thank_you", "weekly")


def tags(html: str) -> set[str]:
    """The elements that a browser would see."""
    found: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _attributes: found.add(tag)
    parser.feed(html)
    return found


def words(name: str, channel: str):
    return VersionWords(load(DEMO / f"{name}.yaml")).of("", channel)


def channels() -> list[tuple[str, str]]:
    return [
        (name, channel)
        for name in CAMPAIGNS
        for channel in load(DEMO / f"{name}.yaml")["messages"]
    ]


@pytest.mark.parametrize(("name", "channel"), channels())
@pytest.mark.parametrize("given", [KNOWN, STRANGER], ids=["known", "stranger"])
def test_everything_can_be_said_to_everyone(name, channel, given):
    said = preview(words(name, channel), given)
    assert said.text
    for text in (said.subject, said.text, said.html):
        assert not re.search(
            r"\{\{|\{%|None|Undefined|  ,",
            text.replace("{{ x }}", "").replace("{% if %}", ""),
        )
    assert "\n" not in said.subject


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_mail_escapes_what_it_shows_and_has_a_plain_part(name):
    said = preview(words(name, "email"), KNOWN)
    assert "script" not in tags(said.html)
    assert "&lt;script&gt;" in said.html
    assert "<script>alert(1)</script>" in said.text
    assert "https://shop.example/2.png" in said.html


@pytest.mark.parametrize("name", ["win_back", "weekly"])
def test_marketing_can_be_ended_from_each_part(name):
    said = preview(words(name, "email"), KNOWN)
    for part in (said.html, said.text):
        assert "https://shop.example/u/" in part
        assert "https://shop.example/p/" in part


def test_the_coupon_is_told_on_each_channel_with_its_end():
    for channel in ("email", "push", "sms"):
        said = preview(words("win_back", channel), KNOWN)
        assert COUPON.code in said.text
        # midnight in UTC is the evening before in New York
        assert "May 14, 2024" in said.text
    assert COUPON.code in preview(words("win_back", "email"), KNOWN).html


def test_the_mail_says_why_it_came():
    said = preview(words("win_back", "email"), KNOWN)
    for part in (said.html, said.text):
        assert "you usually come every 9 days, and we last saw you 41 days ago" in part


def test_a_text_message_stays_short():
    assert len(preview(words("win_back", "sms"), KNOWN).text) < 200


def test_a_mail_is_small_enough_not_to_be_cut():
    assert len(preview(words("win_back", "email"), KNOWN).html.encode()) < 100_000
