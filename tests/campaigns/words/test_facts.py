"""What a template is given: known values only, safe ones."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from campaigns.rendering.formats import amount, day
from campaigns.rendering.template_context import (
    Card,
    CouponFacts,
    Person,
    Visits,
    context,
    one_line,
    web_address,
)

NOW = datetime(2024, 5, 1, 23, 30, tzinfo=UTC)


def test_what_is_unknown_is_left_out():
    given = context(Person("7"), now=NOW, visits=Visits())
    assert given["customer"] == {"id": "7"}
    assert given["visits"] == {}
    assert "coupon" not in given
    assert given["recommendations"] == []


def test_a_coupon_is_said_in_the_customers_words_and_zone():
    person = Person("7", language="de", zone=ZoneInfo("Asia/Tokyo"))
    coupon = CouponFacts("ABCD", Decimal("5.00"), "EUR", NOW, Decimal("20"))
    given = context(person, now=NOW, visits=Visits(9.4, 41), coupon=coupon)
    assert given["coupon"] == {
        "code": "ABCD",
        "worth": "5\xa0€",
        "value": 5.0,
        "expires_on": "2. Mai 2024",
        "minimum_spend": "20\xa0€",
    }
    assert given["visits"] == {
        "usual_gap_days": 9,
        "usual_gap": "every 9 days",
        "days_since_last": 41,
        "last_seen": "41 days ago",
    }
    today = context(person, now=NOW, visits=Visits(1.0, 0))["visits"]
    assert (today["usual_gap"], today["last_seen"]) == ("every day", "today")
    assert (
        context(person, now=NOW, visits=Visits(None, 1))["visits"]["last_seen"]
        == "1 day ago"
    )
    assert given["today"] == "2. Mai 2024"


def test_a_product_brings_no_line_breaks_and_no_scripts():
    card = Card(
        "1",
        "Oat\r\nBcc: x\u202e bread",
        "You buy\nthis",
        url="javascript:alert(1)",
        category="Food > Bread",
    )
    (shown,) = context(Person("7"), now=NOW, visits=Visits(), cards=[card])[
        "recommendations"
    ]
    assert shown == {
        "item_id": "1",
        "title": "Oat Bcc: x bread",
        "reason": "You buy this",
        "category": "Bread",
    }


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "file:///etc/passwd",
        "http://[",
        " ",
        "x",
    ],
)
def test_only_web_addresses_are_links(url):
    assert web_address(url) == ""


def test_a_web_address_stays():
    assert web_address(" https://shop.example/a?b=c ") == "https://shop.example/a?b=c"


def test_one_line_keeps_every_script():
    assert one_line("全脂\u2028牛奶  🥛 naïve") == "全脂 牛奶 🥛 naïve"


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        ("5", "en", "$5"),
        ("4.50", "en", "$4.50"),
        ("5000", "en", "$5,000"),
        ("5", "xx-nobody", "$5"),
        ("5", "", "$5"),
    ],
)
def test_amounts(value, language, said):
    assert amount(Decimal(value), "USD", language) == said


def test_days_follow_the_zone():
    assert day(NOW, ZoneInfo("UTC")) == "May 1, 2024"
    assert day(NOW, ZoneInfo("Asia/Kathmandu")) == "May 2, 2024"
