"""The bank of openings: enough of them, none twice, none with a fact of its own."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from campaigns.copy.bank.openings import (
    GOALS,
    PLACEHOLDERS,
    TONES,
    fitting,
    ours,
    verdict,
)
from campaigns.copy.fact_check.facts import LANGUAGES

MOST_LETTERS = 110
NUMERAL = re.compile(r"[\d%€£$¥￥％]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_two_hundred_and_five_for_each_goal_and_tone(language):
    assert sum(one.language == language for one in ours()) >= 200
    for goal in GOALS:
        for tone in TONES:
            assert len(fitting(ours(), language, goal, tone)) >= 5, (goal, tone)


def test_goals_and_tones_are_the_known_ones():
    assert {one.goal for one in ours()} == set(GOALS)
    assert {one.tone for one in ours()} == set(TONES)


def test_none_repeats():
    said = Counter(re.sub(r"\W+", "", one.text).lower() for one in ours())
    assert [text for text, n in said.items() if n > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_has_a_fact_of_its_own(language):
    wrong = {
        one.text: verdict(one.text, language).problems
        for one in ours()
        if one.language == language and not verdict(one.text, language).is_ok
    }
    assert wrong == {}


def test_placeholders_come_from_the_closed_list():
    for one in ours():
        rest = one.text
        for placeholder in PLACEHOLDERS:
            rest = rest.replace(placeholder, "")
        assert not set("{}%[]<>") & set(rest), one.text
        assert not NUMERAL.search(rest), one.text
        assert len(one.text) <= MOST_LETTERS, one.text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Everything is half price today."),
        ("en", "Only a few left, hurry!"),
        ("en", "Hello, {{ customer.last_name }}."),
        ("zh-hans", "全场七折，欢迎选购。"),
        ("zh-hans", "手慢无，快来看看。"),
        ("zh-hans", "您好，{{ coupon.code }}。"),
    ],
)
def test_a_line_with_a_fact_is_refused(language, text):
    assert not verdict(text, language).is_ok
