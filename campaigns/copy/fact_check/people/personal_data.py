"""Personal data that is no fact of this message: addresses, numbers, other people. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import any_of, words
from campaigns.copy.fact_check.people import known_names

SURNAME = f"[{''.join(sorted(words('surnames')))}]"

MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
PHONE = re.compile(
    r"(?<![\w.,€£$¥-])(?:\+\d{1,3}[ -]?)?(?:\(\d{1,5}\)[ -]?)?\d{2,6}(?:[ -]\d{2,7}){1,5}("
    r"?![\w%])"
    r"|(?<!\d)\+?\d{9,19}[Xx]?(?!\d)"
)
STREET = re.compile(
    r"(?<![\d.])\d{1,5}[A-Za-z]? (?:[A-Z][\w'-]{1,20} ){1,3}(?:Street|St|Road|Rd|Avenue"
    r"|Ave|Lane|Ln|Drive|Dr|Way|Court|Ct"
    r"|Close|Square|Place|Terrace|Gardens|Boulevard"
    r"|Blvd)\b\.?(?:,? (?:[A-Z][\w'-]{1,20})){0,2}(?:,? [A-Z]{1,2}\d[\dA-Z]? ?\d?[A-Z]"
    r"{0,2}\b|,? \d{5})?"
    r"|\b[A-Z][a-zäöüß]{2,20}(?:straße|strasse|weg|gasse) \d{1,4}"
)
ZH_STREET = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}(?:省|市|区|县|镇))?[\u4e00-\u9fff]{2,8}(?:路|街|巷|大道|弄"
    r"|胡同|小区|花园|苑)(?:第)?\d{1,5}(?:号|弄|栋|幢)?(?:\d{1,4}(?:单元|室|楼|层|号|栋))?"
    r"|\d{1,3}号楼\d{0,4}"
)
ORDER = re.compile(
    r"\b(?:order|customer|account|member(?:ship)?|invoice|reference|card|passport"
    r"|ticket)(?: (?:number|no\.?|id|ref(?:erence)?|ending(?: in)?))?"
    r"[ :]{0,2}#? ?(?=[A-Z0-9-]{0,20}\d)[A-Z0-9-]{3,24}(?![\w%])|(?<!\w)#\d{3,12}\b"
    r"|(?:订单号?|会员号|卡号|单号|身份证号?|账号|客户编号|尾号|运单号)(?:为"
    r"|是)?[:： ]{0,2}[A-Z0-9-]{3,24}",
    re.I,
)
PERSON = r"[A-ZÀ-Þ][a-zÀ-ɏ'-]{1,20}"
OTHERS = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Mister)\.? {PERSON}(?: {PERSON})?(?: at number \d{{1,4}})?|"
    rf"\b(?:(?:(?:like|as|just like|unlike|ask|from|by|and) )?(?:[Yy]our |a |the |his |her "
    rf"|our )?(?:neighbou?r|friend|colleague|sister|brother|daughter|son|child|baby|aunt"
    rf"|uncle|wife|husband|customer|member"
    rf"|mum"
    rf"|mother|father|partner|cousin|boss|shopper)s?,? (?:named "
    rf"|called )?{PERSON}(?: {PERSON})?(?:'s)?|"
    rf"{PERSON}(?: {PERSON}| [A-Z]\.)?(?=,? (?:also|just|recently|has just|has|already|who"
    rf"|from {PERSON}|in {PERSON}|\(|bought|ordered|paid|purchased|loves|picked|chose|spent"
    rf"|lives"
    rf"|recommended|rated|left|said|says|wrote|viewed|returned|saved|got|who)\b))"
)
BOUGHT = re.compile(
    r"\b(?:also|just|recently|has|already|bought|ordered|paid|purchased|loves|picked|chose"
    r"|spent|recommended|rated|said|says|wrote|viewed|returned|lives|saved|got|who|from|in"
    r"|left)\b"
)
BORN = re.compile(
    r"\b(?:born (?:on|in)|date of birth|birth ?date|d\.?o\.?b\.?)\b[^.!?\n]{0,30}"
    r"|(?:出生于|生于|出生日期|生日是|生日为)[^，。！\n]{0,14}",
    re.I,
)
SENSITIVE = re.compile(any_of("sensitive"), re.I)
ZH_OTHERS = re.compile(
    rf"(?:(?:您|你)的(?:邻居|朋友|同事|姐姐|妹妹|哥哥|弟弟|妻子|丈夫|妈妈|爸爸|老公|老婆"
    rf"|同学|闺蜜)|顾客|客户|会员|买家|用户|隔壁|住在[^，。]{{1,10}}的|和|像|与|跟)"
    rf"(?P<who>[\u4e00-\u9fff]{{1,3}}(?:先生|女士|小姐)|(?:{SURNAME}"
    rf"[\u4e00-\u9fff]{{1,2}}?)(?=也|刚|刚刚|昨天|已|一样|同款|（|\(|的|购买|买|下单|推荐|说))"
    rf"|(?P<whom>[\u4e00-\u9fff]{{1,3}}(?:先生|女士|小姐)|{SURNAME}[\u4e00-\u9fff]{{1,2}}?)"
    rf"(?=(?:也|刚刚?|昨天|上周|今天)(?:也|刚刚?)?(?:买|购|下单|入手|收藏|推荐|订))"
)


def check(draft: Draft, facts: Facts) -> None:
    """Flag what would tell this customer of somebody, or of what she never told us."""
    known = " ".join(facts.known)
    digits = re.sub(r"\D", "", known)
    for pattern in (MAIL, ORDER, STREET, ZH_STREET, BORN, SENSITIVE):
        for found in draft.find(pattern):
            if found[0] in known:
                draft.take(*found.span())
            else:
                draft.flag("personal", *found.span())
    for found in draft.find(PHONE):
        plain = re.sub(r"\D", "", found[0])
        if _is_a_day(found[0]):
            continue
        if plain in digits:
            draft.take(*found.span())
        elif len(plain) >= 7:
            draft.flag("personal", *found.span())
    _others(draft)


def _is_a_day(said: str) -> bool:
    return bool(
        re.fullmatch(r"20\d\d-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-20\d\d|20\d{6}", said)
    )


def _others(draft: Draft) -> None:
    for found in draft.find(OTHERS):
        words = re.findall(rf"\b{PERSON}", found[0])
        who = [one for one in words if known_names.may_be_called(one)]
        if not who:
            continue
        start = draft.left.index(who[0], found.start())
        end = found.end()
        draft.flag("personal", start, end)
    for found in draft.find_chinese(ZH_OTHERS):
        key = "who" if found["who"] else "whom"
        if found[key]:
            draft.flag("personal", *found.span(key))
