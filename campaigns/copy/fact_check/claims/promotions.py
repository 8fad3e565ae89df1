"""Offers in other words: half price, buy one get one, 第二件半价. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from campaigns.copy.fact_check.amounts.borne_amounts import Borne
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

_N = r"(?:\d{1,2}|one|two|three|four|five|any \w+|[一二两三四五])"
NEVER_OURS = re.compile(
    rf"\bbuy (?:{_N}|any)(?: items?)?,? (?:and )?(?:get|take|receive"
    rf"|pay for)(?: the)? (?:{_N}|another|a second|second|next)(?: one"
    rf"| item)?(?: (?:for )?(?:free|half[- ]price|\d{{1,2}}% off|half off|at half price))?"
    r"|\bbogof?\b|\b(?:two|2|three|3|four|4|five|5)[- ](?:for"
    r"|4)[- ](?:the price of )?(?:one|1|two|2|three|3)\b(?! (?:days|weeks))"
    r"|\b(?:second|2nd|third|3rd) (?:one|item|pair|piece)(?: is| at| for)? (?:free"
    r"|half[- ]price|half off|\d{1,2}% off)|\b(?:double|triple|twice the|2x"
    r"|3x) (?:the )?(?:points|discount|savings|rewards|cash ?back)"
    r"|买[一二两三四五\d]{1,2}[送赠得免][一二两三四五\d]{1,2}|第[二三2-3]件(?:仅|只要|只需"
    r"|享)?(?:半价|免费|[零〇0-9一二三四五六七八九.]{1,3}[折元块]"
    r"|打?[一二三四五六七八九\d.]{1,3}折)"
    r"|[一二两三四五\d]{1,2}件[一二三四五六七八九\d.]{1,3}折|(?:双倍|三倍|翻倍"
    r"|多倍)(?:积分|优惠|返利|折扣|返现)?|折上折|(?:全额|满额)返现?",
)
SHARES = (
    (re.compile((
        r"\bhalf[- ](?:the )?(?:usual |original |normal |regular |full )?price\b"
        r"|\bhalf[- ]off\b|\bfor half\b|\bat half\b|\b(?:save|cut|slashed) (?:by |in )?half\b"
        r"|\bin half\b|半价|对折|腰斩|一半(?:的)?价格?|价格减半|减半"
    )), (50,)),
    (re.compile(
        r"\b(?:a|one)[- ]third(?: off| less| cheaper| of(?: the)? price)?\b|\b1/3 off"
        r"|省三分之一|减三分之一|三分之一"
    ), (33, "33.3")),
    (re.compile(
        r"\b(?:a|one)[- ]quarter(?: off| less| cheaper)?\b|\b1/4 off|四分之一"
    ), (25,)),
    (re.compile(r"\btwo[- ]thirds(?: off| less)?\b|三分之二"), (67, 66, "66.7")),
    (re.compile(r"\bthree[- ]quarters(?: off| less)?\b|四分之三"), (75,)),
    (re.compile(r"\b(?:a|one)[- ](?:tenth|fifth)(?: off| less)\b"), (10, 20)),
    (re.compile(
        r"\bfor free\b|\bfree of charge\b|\bcosts? nothing\b|\bat no (?:extra )?cost\b"
        r"|\bon the house\b|免费(?!退|换|试|配|送|领|安|升|维|体)|零元购|0元购|不要钱|白送"
    ), ()),
)  # fmt: skip


def check(draft: Draft, facts: Facts) -> bool:
    """Flag offers that aren't ours; say whether ours was told in such words."""
    for found in draft.find_small(NEVER_OURS):
        draft.flag("claim", *found.span(), Borne.of(facts).offered())
    borne = Borne.of(facts)
    told = False
    for pattern, percents in SHARES:
        shares = {Decimal(one) for one in percents}
        for found in draft.find_small(pattern):
            if shares & borne.percents:
                draft.take(*found.span())
                told = True
            else:
                kind = "number" if percents else "claim"
                draft.flag(kind, *found.span(), borne.offered())
    return told
