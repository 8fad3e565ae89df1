"""What a rule is called, read back, is the rule: in both languages. What can't be read is
named, never dropped.
"""

import random
import time

import pytest
from django.utils import translation

from profiles import segments
from profiles.segments.builder import phrases
from profiles.segments.builder.problems import group_word
from tests.profiles.builder import random_rules

LANGUAGES = ("en", "zh-hans")
KNOWN = {("category", "coats"): "Coats", ("category", "外套"): "外套"}


def known(source: str, words: str) -> str | None:
    if source == "trait":
        return words.lower() if words.lower() in ("tier", "visits") else None
    return KNOWN.get((source, words.lower()))


@pytest.fixture
def regulars(db) -> None:
    segments.save("regulars", {"is": "event_count", "type": "purchase"})


def plain(rule):
    """Leave out groups of one: brackets around one thing say nothing."""
    word = group_word(rule)
    if word is None:
        return rule
    nodes = [plain(one) for one in rule[word]]
    return nodes[0] if word != "none" and len(nodes) == 1 else {word: nodes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_read_back_are_the_same_words(regulars, language) -> None:
    dice, wrong, n = random.Random(3), [], 0
    with translation.override(language):
        for _n in range(300):
            rule = plain(random_rules.rule(dice, depth=2))
            words = segments.describe(rule)
            if len(words) > phrases.LONGEST:
                continue
            n += 1
            found = phrases.read(words, known)
            again = segments.describe(plain(found.rule)) if found.rule else ""
            if again != words:
                wrong.append((rule, words, again, found.unread))
    assert n > 200
    # "…, then bought or opened a message" may mean two things
    assert len(wrong) <= 0.01 * n, wrong[:5]


@pytest.mark.parametrize(
    ("language", "said", "words"),
    [
        (
            "en",
            "people who bought at least twice in the last 90 days from Coats and not in"
            " the last 30 days",
            "Bought at least 2 times (category Coats) in the last 90 days and bought not"
            " once in the last 30 days",
        ),
        (
            "en",
            "Customers who have not ordered for 60 days.",
            "Bought not once in the last 60 days",
        ),
        (
            "en",
            "bought ≥ 2 times in 90 days from category Coats",
            "Bought at least 2 times (category Coats) in the last 90 days",
        ),
        (
            "en",
            "viewed something 3 times in the last week but never bought",
            "Viewed something at least 3 times in the last 7 days and bought not once",
        ),
        (
            "en",
            "region is east and spent at least 100 in the last year",
            "Region is east and bought, money at least $100.00 in the last 365 days",
        ),
        (
            "zh-hans",
            "最近90天内购买外套至少2次，并且最近30天没有购买",
            "购买过 至少 2 次 (类别 外套)（最近 90 天内） 且 购买过 一次也没有（最近 30 天内）",
        ),
        ("zh-hans", "从未购买", "购买过 一次也没有"),
        (
            "zh-hans",
            "最近 30 天打开过邮件或点击过",
            "打开过消息 至少 1 次（最近 30 天内） 或 点击过消息 至少 1 次",
        ),
        ("zh-hans", "购买过 3 次以上", "购买过 至少 3 次"),
    ],
)
def test_people_say_it_in_words_of_their_own(db, language, said, words) -> None:
    with translation.override(language):
        found = phrases.read(said, known)
        assert found.unread == ()
        assert segments.describe(found.rule) == words


@pytest.mark.parametrize(
    ("language", "said", "unread"),
    [
        ("en", "bought more than 3 times and wibble the moon", ("wibble the moon",)),
        ("en", "likes ice cream", ("likes ice cream",)),
        ("en", "bought twice by wearing gloves", ("by wearing gloves",)),
        ("zh-hans", "会飞的客户", ("会飞的客户",)),
        ("en", "in segment of nobody", ("in segment of nobody",)),
        ("en", "is in the segment “gone”", ("is in the segment “gone”",)),
    ],
)
def test_what_is_not_understood_is_named(db, language, said, unread) -> None:
    with translation.override(language):
        assert phrases.read(said, known).unread == unread


@pytest.mark.parametrize(
    "said",
    [
        "(" * 400,
        "bought " * 90,
        "bought at least " + "9" * 400,
        "not: " * 100,
        " and ".join(["at most 3"] * 60),
        "score " + "a " * 240,
        "consent to " + "about is " * 60,
        "至少 3 次 且 " * 60,
        "\u202e(（“”)）",
        "bought in the last 99999999 days",
    ],
)
def test_odd_sentences_cost_little_and_break_nothing(db, said) -> None:
    for language in LANGUAGES:
        with translation.override(language):
            began = time.monotonic()
            phrases.read(said, known)
            assert time.monotonic() - began < 2.0
