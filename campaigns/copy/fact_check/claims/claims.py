"""Claims that no fact bears: superlatives, comparisons, promises, gifts. Pure."""

from __future__ import annotations

import re
from itertools import chain

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import any_of, small
from campaigns.copy.fact_check.mentions import places

ENGLISH = re.compile(
    small(rf"\b(?:{any_of('claims_english')})(?![\w-])")
    + r"|(?:#|\bno\.? ?)1\b(?: (?:brand|choice|in|for|pick|rated)\b)?"
)
FREE_DELIVERY = re.compile(
    r"\b(?:free|complimentary|no[- ]cost|zero[- ]cost) (?:(?:standard|express|home"
    r"|next[- ]day|worldwide|international|uk) )?(?:delivery|shipping|postage|dispatch)"
    r"|(?:delivery|shipping|postage) (?:is |comes )?(?:free|on us|included)"
    r"|(?:we'?ll|we) (?:pay|cover) (?:the |your )?(?:delivery|shipping|postage)"
    r"|no (?:delivery|shipping|postage) (?:fee|fees|cost|costs|charge|charges)"
    r"|(?:全场|全国|订单)?(?:包邮|免邮费?|免运费|免费配送|免费送货|运费全免|免配送费"
    r"|运费我们(?:出|付|承担))",
    re.I,
)
GIFT = re.compile(
    r"\b(?:free|complimentary|surprise|mystery) gifts?\b|gift (?:included|with (?:every"
    r"|each|your|any) (?:order|purchase))|\b(?:a |your )?gift on us\b|a (?:little "
    r"|small )?present (?:inside|on top)"
    r"|(?:精美|神秘|超值|专属|惊喜)?(?:赠品|小礼品|礼品|好礼)(?:一份)?|(?:下单|购买|购物"
    r"|买|订购)?(?:就|即|再|免费|加)送(?:您|你)?(?:一份|一个|一件)?[\u4e00-\u9fff]{0,6}"
    r"|随单附赠|附赠|赠送(?!的券|优惠)[\u4e00-\u9fff]{0,4}",
    re.I,
)
CHINESE = re.compile(any_of("claims_chinese"))
NO_MINIMUM = re.compile(
    r"\bno minimum(?: (?:spend|order|purchase))?|无门槛|无需凑单|不限金额", re.I
)


def gifts_and_delivery(draft: Draft, facts: Facts, told: set[str]) -> None:
    """Flag free delivery and gifts that the offer doesn't hold; note the one it does."""
    kind = facts.offer.kind
    if _kind(draft, FREE_DELIVERY, is_borne=kind == "free_delivery"):
        told.add("value")
    if _kind(draft, GIFT, is_borne=kind == "gift"):
        told.add("value")
    if facts.offer.minimum:
        _kind(draft, NO_MINIMUM, is_borne=False)


def check(draft: Draft, facts: Facts) -> None:
    """Flag claims and the shop's banned words."""
    for words in facts.banned:
        for start, end in places(draft, words):
            draft.flag("claim", start, end)
    for found in chain(draft.find_small(ENGLISH), draft.find_chinese(CHINESE)):
        said = found[0]
        start = found.start() + len(said) - len(said.lstrip())
        if said.strip():
            draft.flag("claim", start, start + len(said.strip()))


def _kind(draft: Draft, pattern: re.Pattern[str], *, is_borne: bool) -> bool:
    """Explain what the offer bears, flag it where it doesn't; say whether it was borne."""
    told = False
    for found in draft.find(pattern):
        if is_borne:
            draft.take(*found.span())
            told = True
        else:
            draft.flag("claim", *found.span())
    return told
