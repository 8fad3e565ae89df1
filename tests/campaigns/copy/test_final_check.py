"""What was typed into a version is held against facts: at approval, and before it leaves."""

from __future__ import annotations

from datetime import datetime
from time import process_time

import pytest

from campaigns.copy.approval import final_check, voice
from campaigns.copy.approval.typed_text import seen, typed
from campaigns.copy.approval.voice import Voice
from campaigns.delivery import send
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import CannotApprove, approve
from campaigns.models import Brand, Message
from campaigns.rendering.template_cache import VersionWords
from tests.campaigns.planning.conftest import SAYS, campaign_of, someone
from tests.sending import (  # noqa: F401
    local_sinks,
    make_customers,
    make_send,
    shop,
    shop_environment,
    taken,
    unhurried,
)

AT = datetime.fromisoformat("2026-11-30T10:00:00+00:00")
COUPON = {"value": 5.0, "worth": "€5", "code": "HELLO5", "expires_on": "5 December"}


def why(text, *, context=None, channel="sms", rules=None, **more):
    words = VersionWords({"messages": {channel: {"text": text, **more}}})
    return final_check.why_held(
        words,
        "treated",
        channel,
        "",
        context=context or {},
        at=AT,
        voice=rules or Voice(),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Hello {{ customer.first_name | default: 'friend' }}, welcome back.",
        "Take {{ coupon.worth }} off with {{ coupon.code }} until {{ coupon.expires_on }}.",
        "{% if coupon %}{{ coupon.worth }} off{% else %}Come and see us.{% endif %}",
        "你好，{{ customer.first_name }}，欢迎回来。",
        "Hallo, ab heute gibt es bei uns neue Mäntel für den Winter.",
    ],
)
def test_a_template_whose_facts_are_chips_is_true_for_everybody(text):
    assert why(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Take 20% off today.", "20%"),
        ("Now only €19.", "€19"),
        ("Use SAVE20 at checkout.", "SAVE20"),
        ("Until 5 December.", "5 December"),
        ("{{ coupon.worth | default: '20% off' }}", "20%"),
        ("{% assign deal = 'Half price' %}{{ deal }}", "Half price"),
        ("Everyone loves our number one brand.", "number one"),
        ("全场五折，欢迎选购。", "五折"),
        ("Bis Montag 20 % auf alles für unsere Kunden.", "20 %"),
    ],
)
def test_a_typed_fact_that_nothing_bears_is_named(text, said):
    assert said in why(text)


def test_a_typed_fact_is_true_for_whom_it_is_true():
    text = "Take €5 off with HELLO5 until 5 December."
    assert why(text, context={"coupon": COUPON}) == ""
    other = COUPON | {"value": 8.0, "worth": "€8"}
    assert "€5" in why(text, context={"coupon": other})
    assert "HELLO5" in why("Use HELLO5 at checkout.", context={"coupon": {}})


def test_the_page_is_read_as_it_is_seen():
    page = (
        "<style>p{margin:20%}</style><!-- 50% off --><p>Take <b>2</b>0% off</p>"
        "<td width='80%'>a&amp;b</td>"
    )
    assert seen(page) == "Take 20% off\na&b"
    assert "20%" in why("Hello", channel="email", subject="Hello", html=page)
    assert typed("{{ a }} b {% if c %}d{% endif %}", is_html=False).endswith("b d")


def test_the_shop_bans_words_and_backs_claims():
    assert "cheap" in why("It is cheap.", rules=Voice(banned=("cheap",)))
    text = "Free delivery over €30."
    assert "Free delivery" in why(text)
    assert why(text, rules=Voice(backed=("Free delivery over €30",))) == ""


def test_a_clean_template_costs_a_message_next_to_nothing():
    words = VersionWords({"messages": {"sms": SAYS["sms"]}})
    asked = {"context": {"coupon": COUPON}, "at": AT, "voice": Voice()}
    final_check.why_held(words, "treated", "sms", "", **asked)
    begin = process_time()
    for _i in range(2000):
        assert final_check.why_held(words, "treated", "sms", "", **asked) == ""
    assert (process_time() - begin) / 2000 < 0.0005


@pytest.mark.django_db
def test_approval_is_refused_with_the_wrong_word():
    says = SAYS | {"sms": {"text": "Half price today, {{ coupon.code }}"}}
    version = apply(campaign_of(messages=says), by=someone()).version
    with pytest.raises(CannotApprove) as refused:
        approve(version, by=someone())
    assert any(
        "messages.sms.text" in one and "Half price" in one
        for one in refused.value.problems
    )


@pytest.mark.django_db
def test_a_claim_that_the_brand_backs_is_approved():
    Brand.objects.update_or_create(
        pk=1, defaults={"backed_claims": "Free delivery over €30"}
    )
    says = SAYS | {"sms": {"text": "Free delivery over €30. {{ coupon.code }}"}}
    version = apply(campaign_of(messages=says), by=someone()).version
    assert approve(version, by=someone()).state == "approved"


@pytest.mark.django_db
@pytest.mark.usefixtures("local_sinks", "unhurried")
def test_a_message_that_is_not_true_for_its_reader_never_leaves(monkeypatch):
    monkeypatch.setattr(voice, "_kept", None)
    customers = make_customers(2, "sms")
    text = "Take €5 off with HELLO5."
    run = make_send(
        channel="sms", customers=customers, messages={"sms": {"text": text}}
    )
    for customer, value in zip(customers, (5.0, 8.0), strict=True):
        coupon = COUPON | {"value": value, "worth": f"€{value:.0f}"}
        Message.objects.filter(run=run, customer=customer).update(
            context={"coupon": coupon}
        )
    send.drain("bulk")
    sent, held = (Message.objects.get(run=run, customer=one) for one in customers)
    assert (sent.state, held.state) == ("sent", "failed")
    assert "“€5”" in held.reason
    assert [line["body"]["text"] for line in taken("sms")] == [text]
