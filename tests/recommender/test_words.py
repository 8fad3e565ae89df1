"""What is read of an item, and how words alone find one."""

import pytest

from profiles.models import Item
from recommender.interactions import MOST_DESCRIBED, text_of
from recommender.serving.search import found_by_words


def test_marks_of_html_are_no_words():
    read = text_of(
        "Drill", "<p>Runs&nbsp;quietly.</p><p>18&nbsp;V, 2&#160;Ah</p><br/>", "Bo", ""
    )
    assert read == "Drill. Bo. Runs quietly. 18 V, 2 Ah"


@pytest.mark.parametrize(
    "kept", ["for a < b and c > d", "5 < 6", "Fish & chips", "<3 this tea", "plain"]
)
def test_signs_that_are_no_marks_lose_no_word(kept):
    read = text_of("", kept, "", "")
    assert [word for word in kept.split() if word.isalpha() and word not in read] == []


@pytest.mark.parametrize("words", ["delivered within two days ", "两天内送达"])
def test_a_long_description_does_not_drown_the_title(words):
    read = text_of("Green tea", words * 400, "", "")
    assert read.startswith("Green tea. " + words.strip())
    assert len(read) <= len("Green tea. ") + MOST_DESCRIBED
    assert not read.endswith(("delivere", "withi"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("红色连衣裙", "dress"),
        ("夏季连衣裙女", "dress"),
        ("有线耳机", "phones"),
        ("DX-4500 滤芯", "filter"),
        ("コーヒー豆", "beans"),
        ("茶", "tea"),
    ],
)
def test_chinese_is_found_by_pairs_of_characters(query, first):
    Item.objects.bulk_create(
        Item(external_id=key, title=title)
        for key, title in {
            "dress": "夏季新款女士红色雪纺长款连衣裙",
            "skirt": "黑色半身裙",
            "phones": "降噪耳机 有线 黑色",
            "filter": "净水器滤芯 DX-4500",
            "beans": "深煎りコーヒーの豆",
            "tea": "龙井茶叶",
        }.items()
    )
    assert found_by_words(query, 3)[0][0] == first


@pytest.mark.django_db
def test_words_with_spaces_are_found_whole():
    Item.objects.create(external_id="a", title="Red dress")
    Item.objects.create(external_id="b", title="Address book")
    assert found_by_words("red dress", 5)[0][0] == "a"
    assert found_by_words("dres", 5) != []
    assert found_by_words("book red", 5)[0][0] in ("a", "b")
