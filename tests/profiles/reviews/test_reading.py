"""What a review says of which aspect."""

import time

import pytest

from profiles.reviews.reading.lexicon import Part, aspects, built_in
from profiles.reviews.reading.mining import mine
from profiles.reviews.reading.reader import read


def said(text):
    return {one.aspect: str(one.sentiment) for one in read(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The delivery was late but the fabric is soft.",
            {"delivery": "negative", "quality": "positive"},
        ),
        ("Great quality, price and service.", dict.fromkeys(
            ("quality", "price", "service"), "positive")),
        ("The quality, price and service are great!", dict.fromkeys(
            ("quality", "price", "service"), "positive")),
        ("Not worth the money.", {"price": "negative"}),
        ("The staff weren't helpful at all.", {"service": "negative"}),
        ("I wish the quality was better.", {"quality": "negative"}),
        ("No complaints about the delivery.", {"delivery": "positive"}),
        ("The soup was not too salty.", {"taste": "positive"}),
        ("Quality is good. The quality of the zip is terrible.", {"quality": "mixed"}),
        ("It runs small.", {"size": "negative"}),
        ("Is the delivery slow?", {}),
        ("质量很好，就是有点贵", {"quality": "positive", "price": "negative"}),
        ("质量，款式都很好", {"quality": "positive", "appearance": "positive"}),
        ("价格不便宜，但是味道不错", {"price": "negative", "taste": "positive"}),
        ("没有异味", {"smell": "positive"}),
        ("好贵！质量一般", {"price": "negative", "quality": "mixed"}),
        ("物流很快，客服态度差", {"delivery": "positive", "service": "negative"}),
        ("希望快递快一点", {"delivery": "negative"}),
        ("ＱＵＡＬＩＴＹ is great，客服不好", {"quality": "positive", "service": "negative"}),
        ("没有坏的", {"quality": "positive"}),
        ("以后也不会住这个烂酒店了", {}),
        ("才迟半个小时", {}),
        ("我买了两个", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_an_aspect_is_judged_by_what_stands_beside_it(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "👍👍 The delivery was fast 🚚, but the ﬁt is terrible. İt smells bad",
        "质量不错👍，物流也快。But the seller was rude!",
    ],
)
def test_a_span_is_the_words_that_say_it(text):
    found = read(text)
    assert found
    for one in found:
        quote = text[one.start : one.end]
        assert quote == quote.strip() != ""
        assert 0 < one.score <= 1
        # read alone, the quote says the same
        assert said(quote).get(one.aspect, str(one.sentiment)) == str(one.sentiment)


def test_a_long_review_costs_as_much_as_it_is_long():
    begin = time.process_time()
    read("not good but slow, 不好 " * 1500)
    assert time.process_time() - begin < 2


def test_every_aspect_has_names_in_both_languages_or_its_own_words():
    parts = {
        (role.aspect, role.part)
        for roles in built_in().phrases.values()
        for role in roles
    }
    assert len(aspects()) > 25
    for aspect in aspects():
        assert (aspect, Part.NAME) in parts, aspect


def test_what_many_customers_judge_becomes_an_aspect_of_the_shops_own():
    texts = [f"The nozzle is terrible, number {n}." for n in range(8)]
    texts += [f"笔尖很差{n}" for n in range(8)] + ["The delivery was fast."] * 150
    found = mine(texts)
    assert set(found) == {"nozzle", "笔尖"}
    own = built_in().with_names(found)
    assert [one.aspect for one in read("The nozzle isn't good.", own)] == ["nozzle"]
    assert [str(one.sentiment) for one in read("笔尖不好", own)] == ["negative"]
