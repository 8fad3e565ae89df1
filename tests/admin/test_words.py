"""Money with its currency, rates in per cent, times of the shop; undefined is a dash,
never a zero.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from retention_site.lib.admin import words


@pytest.mark.parametrize(
    ("value", "currency", "said"),
    [
        (Decimal("1234.5"), "USD", "$1,234.50"),
        (-3, "USD", "-$3.00"),
        (-0.0, "USD", "$0.00"),
        (-0.001, "USD", "$0.00"),
        (12_345.67, "USD", "$12,346"),
        (5, "EUR", "€5.00"),
        (500, "JPY", "¥500"),
        ("7.25", "USD", "$7.25"),
        (None, "USD", words.NOTHING),
        (float("nan"), "USD", words.NOTHING),
    ],
)
def test_money(value, currency, said):
    assert words.money(value, currency) == said


def test_a_difference_carries_its_sign():
    assert words.money(2, "USD", sign=True) == "+$2.00"
    assert words.rate(-0.031, 2, sign=True) == "-3.10%"
    assert words.points(0.031, 2, sign=True) == "+3.10 points"
    assert words.number(-0.0004, 3, sign=True) == "0"


def test_numbers_speak_the_page_s_language():
    with translation.override("zh-hans"):
        assert words.money(5, "CNY") == "¥5.00"
        assert words.day(datetime(2024, 5, 1, 12, tzinfo=UTC)) == "2024年5月1日"


def test_times_are_the_shop_s():
    with timezone.override("America/New_York"):
        assert (
            words.moment(datetime(2024, 1, 2, 3, 4, tzinfo=UTC)) == "Jan 1, 2024 22:04"
        )


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=30), "30 s ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(days=3), "3 days ago"),
        (-timedelta(hours=3), "in 3 h"),
    ],
)
def test_how_long_ago(gone, said):
    assert words.span(gone) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        ([], "–"),
        (True, "yes"),
        (0, "0"),
        (0.1234, "0.123"),
        (["a", 2], "a, 2"),
        ({"a": 1}, "a 1"),
    ],
)
def test_values_of_unknown_kind(value, said):
    assert words.plain(value) == said
