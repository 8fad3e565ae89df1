"""The words of the phrase grammar: those of `describe()` in the reader's language, and the
ones people use for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language, gettext

from ..predicates.event_filter import VERBS

# what people say for an event; the words of `describe()` stand before them
ALSO_VERBS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "purchase": ("purchased", "ordered", "buy", "purchase", "order"),
        "view": ("viewed", "looked at", "visited", "browsed", "view"),
        "search": ("searched for", "search"),
        "cart": (
            "added to cart",
            "added to the cart",
            "put into the cart",
            "add to cart",
        ),
        "review": ("reviewed", "wrote reviews", "review"),
        "return": ("returned", "sent back"),
        "message_opened": (
            "opened a mail",
            "opened an e-mail",
            "opened an email",
            "opened",
        ),
        "message_clicked": ("clicked a link", "clicked"),
        "coupon_redeemed": ("used a coupon", "redeemed"),
    },
    "zh": {
        "purchase": ("购买了", "购买", "买过", "买了", "下过单", "下单", "买"),
        "view": ("浏览过", "浏览了", "浏览", "看过", "访问过"),
        "search": ("搜索了", "搜索"),
        "cart": ("加入购物车", "加购过", "加购"),
        "review": ("评价过", "评价了", "评价"),
        "return": ("退过货", "退货"),
        "message_opened": ("打开过邮件", "打开过", "打开了", "打开"),
        "message_clicked": ("点击过", "点击了", "点击"),
        "coupon_redeemed": ("用过优惠券", "使用优惠券"),
    },
}
FILLERS = {
    "en": (
        "customers|customer|people|person|everybody|everyone|those|anyone|who|that|whom"
        "|have|has|had|did|do|does|were|was|the|their|they|a|an|any|something|anything|at"
        " all|something|with|but|also|then|of|from|in|items|products|product|all|please"
        "|show me|find|me|times|time|is|are|and|or"
    ),
    "zh": (
        "客户|顾客|用户|的|人|且|并且|而且|但|但是|并|或|或者|曾|曾经|过|了|有|是|在|所有|那些|请|找出"
        "|商品|产品|东西|任何|进行|内|里|中|也|都|又|只|至今|来自|属于"
    ),
}
NUMBERS: dict[str, dict[str, float]] = {
    "en": {
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
        "a": 1,
        "an": 1,
    },
    "zh": {
        "一": 1,
        "两": 2,
        "二": 2,
        "三": 3,
        "四": 4,
        "五": 5,
        "六": 6,
        "七": 7,
        "八": 8,
        "九": 9,
        "十": 10,
        "半": 0.5,
    },
}
UNITS: dict[str, dict[str, int]] = {
    "en": {"day": 1, "week": 7, "month": 30, "year": 365},
    "zh": {"天": 1, "日": 1, "周": 7, "星期": 7, "个月": 30, "月": 30, "年": 365},
}
UNIT = "(?P<span>天|日|周|星期|个月|月|年)"
_N = {
    "en": r"(?P<n>\d{1,9}(?:\.\d{1,4})?|one|two|three|four|five|six|seven|eight|nine|ten)",
    "zh": r"(?P<n>\d{1,9}(?:\.\d{1,4})?|[一两二三四五六七八九十半])",
}
_OF = {
    "en": (
        r"(?: (?:(?P<unit>times?|orders?|purchases?)|on (?P<on>days?)|(?P<days>days?)(?!"
        r" ago)))?"
    ),
    "zh": r" ?(?P<unit>次|个订单|单|笔|天)?",
}
SPANS = {
    "en": (
        r"(?:in|within|during|over|for) (?:the )?(?:last |past )?{n} ?(?P<span>day|week|month|year)s?",
        r"(?:in|within|during|over) the (?:last|past) (?P<span>day|week|month|year)",
        r"(?:last|past) {n} ?(?P<span>day|week|month|year)s?",
    ),
    "zh": (
        r"[(（]? ?(?:最近|过去|近|在过去|在最近|这) ?{n} ?{unit}(?: ?[以之]?内| ?[里中])? ?[)）]?",
        r"{n} ?{unit} ?[以之]?内",
    ),
}
TIMES = {
    "en": (
        (
            r"(?:at least |minimum of |>= ?|≥ ?|no less than )(?:on )?{n}{of}",
            "least",
            0,
        ),
        (r"{n}\+{of}", "least", 0),
        (r"{n} or more{of}", "least", 0),
        (r"more than {n}{of}", "least", 1),
        (r"(?:at most |no more than |<= ?|≤ ?|up to )(?:on )?{n}{of}", "most", 0),
        (r"(?:fewer|less) than {n}{of}", "most", -1),
        (r"exactly (?:on )?{n}{of}", "exactly", 0),
        (r"(?:at least )?(?:(?P<twice>twice)|(?P<once>(?<!not )once))", "least", 0),
        (r"{n} (?P<unit>times?|orders?|purchases?)", "least", 0),
        (r"on {n} (?P<on>days?)", "least", 0),
    ),
    "zh": (
        (r"(?:至少|不少于|不低于|最少|>=|≥) ?{n}{of}", "least", 0),
        (
            r"{n} ?(?P<unit>次|个订单|单|笔|天)?(?:及以上|以上|或更多|或以上)",
            "least",
            0,
        ),
        (r"(?:超过|多于|大于) ?{n}{of}", "least", 1),
        (r"(?:至多|最多|不超过|不多于|<=|≤) ?{n}{of}", "most", 0),
        (r"(?:少于|不到|小于) ?{n}{of}", "most", -1),
        (r"(?:恰好|正好|刚好) ?{n}{of}", "exactly", 0),
        (r"{n} ?(?P<unit>次|个订单|单|笔)", "least", 0),
    ),
}
NEGATIONS = {
    "en": r"(?:not once|not at all|(?:did|have|has|had) not|did ?n[o']t|didn't|haven't|hasn't|never|not|without)",
    "zh": r"(?:一次也没有|从来没有|从未|没有|未曾|没|未|不曾|不)",
}
JOINTS = {
    "en": (
        r"(?:,? and (?:also |who |that )?(?!then,|then not,)|; |, but |,? but )",
        r",? or ",
    ),
    "zh": (
        r"(?: 且 |，?(?:并且|而且|同时|且|但是|但|并)|；|，(?=最近|过去|近|没|未|从未|在))",
        r"(?: 或 |或者|或(?!以上|更多))",
    ),
}


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language, as patterns."""

    language: str
    verbs: tuple[tuple[str, str], ...]  # words, type; the longest first
    spans: tuple[re.Pattern[str], ...]
    times: tuple[tuple[re.Pattern[str], str, int], ...]
    negation: re.Pattern[str]
    fillers: re.Pattern[str]
    joints: tuple[re.Pattern[str], re.Pattern[str]]

    def number(self, said: str) -> float:
        known = NUMBERS[self.language].get(said.lower())
        n = float(said) if known is None else known
        return int(n) if n == int(n) else n

    def days(self, n: str | None, unit: str) -> float:
        days = (self.number(n) if n else 1) * UNITS[self.language][unit]
        return int(days) if days == int(days) else days


def vocabulary() -> Vocabulary:
    """Return the words of the active language; English where it is another one."""
    spoken = (get_language() or "en").lower()
    return _vocabulary("zh" if spoken.startswith("zh") else "en", spoken)


def phrase(text: str, names: Iterable[str]) -> re.Pattern[str]:
    """Turn a phrase of `describe()` with gaps such as %(days)s into a pattern that names
    what stands in them. The text is short and each gap is bounded.
    """
    parts = re.split(r"%\((\w+)\)[sd]|%[sd]", gettext(text))
    wanted, found = list(names), ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            found += re.escape(part)
        else:
            name = part or wanted[place // 2]
            found += f"(?P<{name}>.{{1,80}}?)"
    return re.compile(f"{found}$", re.IGNORECASE)


@cache
def _vocabulary(language: str, _spoken: str) -> Vocabulary:
    edge = r"\b" if language == "en" else ""
    n, of = _N[language], _OF[language]

    def pattern(text: str) -> re.Pattern[str]:
        begins = r"(?<!\w)" if language == "en" else ""
        ends = r"(?!\w)" if language == "en" else ""
        filled = text.replace("{n}", n).replace("{of}", of).replace("{unit}", UNIT)
        return re.compile(f"{begins}(?:{filled}){ends}", re.IGNORECASE)

    verbs = [(str(words), kind) for kind, words in VERBS.items()]
    also = ALSO_VERBS[language]
    verbs += [(words, kind) for kind, many in also.items() for words in many]
    return Vocabulary(
        language,
        tuple(sorted(dict(verbs).items(), key=lambda one: -len(one[0]))),
        tuple(pattern(one) for one in SPANS[language]),
        tuple((pattern(text), how, more) for text, how, more in TIMES[language]),
        pattern(NEGATIONS[language]),
        re.compile(f"{edge}(?:{FILLERS[language]}){edge}", re.IGNORECASE),
        tuple(re.compile(one, re.IGNORECASE) for one in JOINTS[language]),  # type: ignore[arg-type]
    )
