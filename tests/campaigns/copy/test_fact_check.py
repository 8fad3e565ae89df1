"""The check of finished texts: what is right passes, what isn't is marked."""

from __future__ import annotations

import pytest

from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.facts import FactError, read

FACTS = {
    "shop": {"name": "Maple & Moss", "phone": "+44 20 7946 0018"},
    "customer": {"first_name": "Ana"},
    "product": {
        "title": "White Hanging Heart T-Light Holder",
        "price": 25.5,
        "was": 34,
        "currency": "GBP",
    },
    "offer": {
        "kind": "percent",
        "value": 15,
        "code": "HEART15",
        "starts": "2026-11-28",
        "ends": "2026-12-05",
        "minimum": 20,
    },
    "links": ["https://maplemoss.example/p/85123A", "https://maplemoss.example/u/x"],
}
NOW = "2026-11-30T10:00:00+00:00"  # a Monday


def found(text, *, language="en", channel="email", facts=None, now=NOW, **more):
    told = {key: FACTS[key] | (more.get(key) or {}) for key in FACTS if key != "links"}
    line = {
        "language": language,
        "channel": channel,
        "now": now,
        "facts": facts if facts is not None else {**told, "links": FACTS["links"]},
    }
    return [(one.kind, one.said) for one in check(text, read(line)).problems]


RIGHT = """
Hi Ana, 15% off the White Hanging Heart T-Light Holder with code HEART15 until 5 December.
Fifteen percent off your T-Light Holder, Ana. Ends Saturday.
Ana, save £8.50: the holder is £25.50 instead of £34.00.
It's 25% cheaper now: £25.50, was £34.
With HEART15 you pay £21.68, for 5 days more.
Ends in 5 days. Use HEART15 at checkout.
Spend £20 or more by Dec 5th, 2026.
Until Saturday, 5 December at midnight.
Offer ends 05/12/2026.
Valid till 2026-12-05, so by 12/5.
Call us on +44 20 7946 0018. Best wishes, your Maple & Moss team
See maplemoss.example or https://maplemoss.example/p/85123A.
Two clicks and it is yours. 1. Open the page. 2. Type HEART15.
This Saturday is the last day. Twenty pounds is the minimum.
Under £26 now!
""".strip().splitlines()


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_facts_bear_passes_however_it_is_written(text):
    assert found(text) == []


RIGHT_CHINESE = """
Ana，White Hanging Heart T-Light Holder 85折，到手价21.68英镑，优惠码HEART15，12月5日（周六）截止。
您好，打八五折，满２０英镑可用，本周六截止，回T退订。
原价34英镑，现价25.5英镑，立省8.5英镑，还有5天。
减１５％，十二月五日前有效。
百分之十五的优惠，5号截止。
""".strip().splitlines()


@pytest.mark.parametrize("text", RIGHT_CHINESE)
def test_chinese_that_the_facts_bear_passes(text):
    assert found(text, language="zh-hans") == []


WRONG = [
    ("number", "20% off with HEART15", "20%"),
    ("number", "Half price with HEART15", "Half price"),
    ("number", "Orders over £30", "£30"),
    ("number", "save ten with HEART15", "ten"),
    ("unit", "£15 off with HEART15", "£15"),
    ("unit", "15 points for you", "15 points"),
    ("unit", "now €25.50", "€25.50"),
    ("price", "now £24.50", "£24.50"),
    ("price", "now only £34", "£34"),
    ("price", "was £25.50", "£25.50"),
    ("code", "Use HEART16 at checkout", "HEART16"),
    ("code", "code heart15", "heart15"),
    ("code", "with code HAERT15", "HAERT15"),
    ("code", "Enter SAVE today? Enter SAVE20 today", "SAVE20"),
    ("date", "until 6 December", "6 December"),
    ("date", "until Friday, 5 December", "Friday"),
    ("date", "until 5 December 2027", "5 December 2027"),
    ("date", "until tomorrow", "tomorrow"),
    ("date", "until 28 November", "28 November"),
    ("date", "until Saturday at 8 pm", "8 pm"),
    ("date", "ends in 3 days", "3 days"),
    ("product", "15% off the Red Woolly Hottie White Heart", "Red Woolly Hottie White Heart"),
    ("product", "15% off the White Hanging Heart Candle Holder", "White Hanging Heart Candle Holder"),
    ("product", "your metal lantern is back", "metal lantern"),
    ("name", "Hi Maria, it's back", "Maria"),
    ("name", "With love, your Fern & Field team", "Fern & Field"),
    ("link", "https://maplemoss.example/p/85123B", "https://maplemoss.example/p/85123B"),
    ("link", "see maple-moss.example/p/1", "maple-moss.example/p/1"),
    ("urgency", "Only 3 left!", "Only 3 left!"),
    ("urgency", "Ends tonight!", "Ends tonight!"),
    ("urgency", "Hurry, last chance!", "Hurry, last chance!"),
    ("claim", "The best in town.", "The best in town."),
    ("claim", "Free delivery today.", "Free delivery today."),
    ("claim", "Buy one get one free.", "Buy one get one free."),
    ("personal", "Your neighbour Peter Miller bought it.", "Your neighbour Peter Miller bought it."),
    ("personal", "Write to karen@mailbox.example.", "Write to karen@mailbox.example."),
    ("leak", "Sure, here is a message:", "Sure, here is a message:"),
    ("language", "Jetzt kaufen und sparen für unsere Kunden.", "Jetzt kaufen und sparen für unsere Kunden."),
    ("placeholder", "Hi {{ first_name }}", "{{ first_name }}"),
    ("placeholder", "Dear [Name]", "[Name]"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "said"), WRONG)
def test_what_the_facts_do_not_bear_is_marked(kind, text, said):
    assert (kind, said) in found(text)


WRONG_CHINESE = [
    ("number", "七折优惠", "七折"),
    ("number", "半价优惠", "半价"),
    ("number", "满３００可用", "３００"),
    ("unit", "立减15英镑", "15英镑"),
    ("claim", "第二件半价", "第二件半价"),
    ("claim", "买一送一", "买一送一"),
    ("claim", "全网最低价。", "全网最低价。"),
    ("date", "明天截止", "明天"),
    ("date", "下周六截止", "下周六"),
    ("date", "双十一大促", "双十一"),
    ("urgency", "仅剩3件！", "仅剩3件！"),
    ("name", "李伟，您好", "李伟"),
    ("product", "您关注的小熊保温杯降价了", "小熊保温杯"),
    ("personal", "王女士刚刚下单。", "王女士刚刚下单。"),
    ("language", "這個優惠還沒有結束。", "這個優惠還沒有結束。"),
]


@pytest.mark.parametrize(("kind", "text", "said"), WRONG_CHINESE)
def test_chinese_that_the_facts_do_not_bear_is_marked(kind, text, said):
    assert (kind, said) in found(text, language="zh-hans")


def test_urgency_is_borne_where_the_offer_ends_today():
    today = {"offer": {"ends": "2026-11-30"}}
    assert found("Last chance, Ana: it ends tonight.", **today) == []


def test_what_is_required_is_missed_and_its_value_told():
    line = {"facts": FACTS | {"required": ["code", "ends", "opt_out"]}, "now": NOW}
    problems = check("15% off the holder.", read(line)).problems
    missed = [(one.kind, one.right) for one in problems]
    assert missed == [
        ("missing", "2026-12-05"),
        ("missing", "HEART15"),
        ("missing", "opt-out"),
    ]


def test_an_allowed_claim_passes():
    line = {"facts": FACTS | {"allowed_claims": ["Free delivery over £20"]}, "now": NOW}
    assert check("Free delivery over £20, Ana.", read(line)).is_ok


def test_a_banned_word_of_the_shop_is_marked():
    line = {"facts": FACTS | {"banned": ["cheap"]}, "now": NOW}
    assert [one.said for one in check("Cheap it is", read(line)).problems] == [
        "Cheap it is"
    ]


def test_without_any_fact_a_discount_is_invented():
    assert found("10% off today", facts={}) == [("number", "10%")]


def test_a_place_is_counted_in_the_text_as_it_is_written():
    text = "Hi Ana\u200b, ２０％ off"
    problem = check(text, read({"facts": FACTS, "now": NOW})).problems[0]
    assert text[problem.start : problem.end] == problem.said == "２０％"


def test_length_is_counted_in_segments_and_columns():
    sms = "We look forward to seeing you in the shop. " * 12
    assert "length" in {kind for kind, _said in found(sms, channel="sms")}
    assert "length" in {kind for kind, _said in found(sms, channel="push")}
    assert "length" not in {kind for kind, _said in found(sms)}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"product": {"price": "a lot"}}, "product.price"),
        ({"product": {"price": True}}, "product.price"),
        ({"offer": {"ends": "soon"}}, "offer.ends"),
        ({"offer": {"kind": "magic"}}, "offer.kind"),
        ({"links": "https://x.example"}, "links"),
        ({"product": []}, "product"),
        ([], "facts"),
    ],
)
def test_a_fact_that_is_none_is_named(facts, said):
    with pytest.raises(FactError, match=said):
        read({"facts": facts})


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800", "٣٠٪ 🎉" * 2000, "a" * 60_000, "{" * 5000]
)
def test_odd_texts_are_answered(text):
    check(text, read({"facts": FACTS, "now": NOW}))
