"""What an amount is said to be: a discount, a price, an earlier price, a minimum. Pure."""

from __future__ import annotations

import re
from enum import StrEnum


class Role(StrEnum):
    OFF = "off"
    MINIMUM = "minimum"
    WAS = "was"
    NOW = "now"
    EACH = "each"
    LESS = "less than"
    OVER = "a saving of more than"
    NONE = ""


OFF_AFTER = re.compile(
    r"(?: ?-?(?:off\b|discount|less\b|cheaper|reduction|rebate|savings?\b|voucher"
    r"|coupon|credit"
    r"|back\b|gift card|price cut|lower|taken off)|的?(?:现金|代金|抵用|优惠|满减|折扣"
    r"|专享)?(?:优惠(?!码)|折扣(?!码)|券(?!码)|红包|立减|抵用|抵扣)"
    r"|(?:无门槛|专享|现金)[^，。]{0,4}券)",
    re.I,
)
OFF_BEFORE = re.compile(
    r"(?:\b(?:sav(?:e|es|ing|ings of)|tak(?:e|es|ing)|discount of|knock(?:s|ing)?|minus"
    r"|less|reduced by"
    r"|reduction of|(?:down|drop|drops|dropped|falls?|fell|cut|lower(?:ed)?|slashed"
    r"|cheaper) by|worth|you keep|keep|off(?:er)? of)"
    r"(?: an?| you| up to| another| an extra| a further| over| nearly| almost| about"
    r"| around| exactly| a full| the)?"
    r"|减|立减|直降|省|立省|可省|节省|优惠|抵|抵扣|返|降|降价|下调|减免|价值|便宜)"
    r"(?:了|掉|高达|最多|约|近|你|您)?\W{0,3}$",
    re.I,
)
MINIMUM_BEFORE = re.compile(
    r"(?:\b(?:over|above|spend(?:ing)?(?: of| over| at least| more than)?|orders? (?:of"
    r"|from|over|above|worth)"
    r"(?: at least| over)?|minimum(?: order| spend| basket| purchase)?(?: value)?(?: of"
    r"| is)?|at least|min\.?"
    r"|baskets? (?:of|over|from)|when you buy for|purchases? (?:of|over|from|above)"
    r"|exceeds?|reach(?:es)?)"
    r"|满|消费满?|买满|购满|订单满|实付满|超过|起订|门槛)\W{0,3}$",
    re.I,
)
MINIMUM_AFTER = re.compile(
    r"\W{0,2}(?:or (?:more|over|above)|and (?:over|above|up|more)|minimum|upwards|\+|起用"
    r"|起可用|以上|可用|即可|即享|就减|门槛|起订)",
    re.I,
)
WAS_BEFORE = re.compile(
    r"(?:\b(?:(?<!than it )was|(?<!than they )were|until now (?:it |they )?cost|(?:it|they) cost|before|instead of"
    r"|originally|original(?:ly)? priced?(?: at| of)?"
    r"|list(?:ed)?(?: price)?"
    r"(?: at| of| is)?|full price(?: of| is)?|rrp(?: is)?|msrp|reg\.?"
    r"|regular(?:ly)?(?: price)?(?: of| is| at)?|normally"
    r"|usual(?:ly)?(?: price)?(?: of| at| is)?|used to (?:be|cost)|down from|reduced from"
    r"|compared (?:to|with)|not|from"
    r"|rather than|previous(?:ly)?(?: price)?|old price|marked down from|once|until now"
    r"|dropped from|fell from|cut from)"
    r"|原价|原先|原|日常价?|平日|吊牌价?|市场价?|平时|划线价|标价|原来|之前|以前|从|由"
    r"|不再是|而不是|不是|官方价|零售价|正价)"
    r"(?:为|是|要|卖|的)?\W{0,3}$",
    re.I,
)
WAS_AFTER = re.compile(
    r"[ ,(-]{0,2}(?:(?:that )?it (?:used to|was|once)|it normally|used to cost|before"
    r"|(?:originally|rrp|list price|regular|usually|normally)(?!\W{0,4}[\d€£$])|until now"
    r"|的原价|的日常价)"
    r"|[ ,(-]{0,2}(?:to|down to|降到|降至|变) ?\W?\d",
    re.I,
)
NOW_BEFORE = re.compile(
    r"(?:\b(?:now|only|just|for|at|price(?:d)?(?: is| of| at)?|costs?|pay(?:ing)?"
    r"|yours for|to|today(?: for)?|it's|is"
    r"|comes? (?:to|down to)|sells? (?:for|at)|available (?:for|at)|down to|drops? to"
    r"|starting at)(?: only| just| now)?"
    r"|现价|现仅?|现在|仅需?|只要|只需|仅售|到手价?|特价|售价|活动价|惊喜价|价格|低至|降至"
    r"|降到|跌至|券后价?|折后价?|一口价|优惠价"
    r"|会员价|抢购价|专享价|今价|现售|只卖|才|价|实付|付|卖|约合)(?:只要|仅需|仅|只需|只"
    r"|为|是|到|才|了|的)?\W{0,3}$",
    re.I,
)
EACH_AFTER = re.compile(
    r" ?(?:each\b|apiece|a piece|per (?:piece|item|unit|pair|one)|/ ?(?:unit|piece|pc|个"
    r"|件|只|支|片)|一?[个件只支片](?!月))"
    r"|(?:per|each) ?$",
    re.I,
)
EACH_BEFORE = re.compile(
    r"(?:每[个件只支片双条]|单[个件只价]|平均|each(?: one)?(?: is| for| at)?)\W{0,6}$",
    re.I,
)
OFF_A_PRICE = re.compile(
    r"\boff (?:the |our |its )?(?:list|original|regular|usual|full|normal) price\W{0,3}$",
    re.I,
)
SAVE_OVER = re.compile(
    r"(?:\bsav\w{1,4} (?:over|more than|at least)|省下?(?:超过|至少))\W{0,3}$", re.I
)
LESS_BEFORE = re.compile(
    r"(?:\b(?:under|below|less than)|不到|低于|不足)\W{0,3}$", re.I
)


def role_of(before: str, after: str, kind: str) -> Role:
    """Read an amount's role from the words around it."""
    if EACH_AFTER.match(after) or EACH_BEFORE.search(before):
        return Role.EACH if kind != "percent" else Role.OFF
    if LESS_BEFORE.search(before):
        return Role.LESS
    if SAVE_OVER.search(before):
        return Role.OVER
    if kind in ("percent", "fold"):
        return Role.OFF
    if MINIMUM_BEFORE.search(before) or MINIMUM_AFTER.match(after):
        return Role.MINIMUM
    if OFF_AFTER.match(after) or OFF_BEFORE.search(before):
        return Role.OFF
    if WAS_AFTER.match(after):
        return Role.WAS
    if re.search(r"\bfrom\W{0,3}$", before, re.I):
        return Role.NONE  # "from €19" is a price, "from €25 to €19" was read above
    if WAS_BEFORE.search(before) and not OFF_A_PRICE.search(before):
        return Role.WAS
    return Role.NOW if NOW_BEFORE.search(before) else Role.NONE
