"""Percentages, prices, savings, minimum orders and points. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from campaigns.copy.fact_check.amounts import currencies
from campaigns.copy.fact_check.amounts.amount_roles import Role, role_of
from campaigns.copy.fact_check.amounts.borne_amounts import Borne
from campaigns.copy.fact_check.amounts.numerals import Numeral, numerals
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

PERCENT = re.compile(r" ?(?:%|percent\b|per ?cent\b|pct\b|-percent\b|个百分点)", re.I)
FOLD = re.compile(r" ?折")
POINTS = re.compile(
    r" ?-?(?:(?:loyalty |bonus |reward |extra )?(?:points?(?! (?:of|to|in|where|is)\b)|pts|stars|credits|miles)\b"
    r"|个?积分|个?金币)",
    re.I,
)
CENTS = re.compile(r" ?(?:p|cents?|pence|ct)\b|毛|角", re.I)
PER_HUNDRED = re.compile(r"百分之$")
HARMLESS = re.compile(
    r" ?-?(?:(?:easy |quick |simple |small |good |great |short )?(?:clicks?|taps?|steps?"
    r"|minutes?|mins?"
    r"|moments?|reasons?|ways?|ideas?|seconds?|things?)\b|步|个?步骤|个?理由|秒钟?|键|分钟"
    r"|次点击|种|件事|句话)",
    re.I,
)
ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|nearly|almost|approximately|some|just under)|约|大约|近|将近|差不多)\W{0,2}$",
    re.I,
)
PAID = re.compile(r"(?:\bpay(?: only| just)?|只付|只需付)\W{0,2}$", re.I)
MEASURE = re.compile(
    r" ?-?(?:ml|cl|l|kg|g|cm|mm|m|inch(?:es)?|in|gb|tb|mah|w|v|oz|lb|ft|pack|pcs|pieces)(?![A-Za-z])"
    r"|英寸|寸|毫升|升|克|千克|公斤|厘米|毫米|米|速|键|件装|只装|片装|支装|粒|瓦|码",
    re.I,
)
AFTER_FOLD = re.compile(r" ?(?:起|以下|左右)?")
# "2 collect", "b4", "4 u": numbers that text messages write for words
SPOKEN = re.compile(
    r"\b[bB]4(?!\d)|\bgr8|\bl8r|\bm8|\b2 (?:go|get|be|the|ur?|collect|shop|see|use)\b"
    r"|\b4 (?:u|ur|you|the|me)\b|24/7|\b[gx]2[gx]?\b",
    re.I,
)
NOT_A_NUMBER = re.compile(
    r"(?:\b(?:no|some|any|every|this|that|which|the|each) )$", re.I
)


@dataclass(frozen=True)
class Amount:
    """A number with what it is counted in."""

    start: int
    end: int
    kind: str  # percent, fold, money, points, plain
    values: frozenset[Decimal]
    currencies: frozenset[str]
    is_digits: bool
    role: Role


@dataclass(frozen=True)
class SaidAmounts:
    """All amounts of a text, and those of each sentence."""

    all: set[Decimal]
    amounts: list[Amount]

    @classmethod
    def of(cls, draft: Draft, amounts: list[Amount]) -> SaidAmounts:
        return cls({value for one in amounts for value in one.values}, amounts)

    def near(self, draft: Draft, one: Amount) -> set[Decimal]:
        """Return the amounts of one's own sentence."""
        first, last = draft.sentence(one.start)
        return {
            value
            for other in self.amounts
            if first <= other.start < last
            for value in other.values
        }


def check(draft: Draft, facts: Facts) -> set[str]:
    """Flag amounts that nothing bears; return which facts are told (price, value …)."""
    borne = Borne.of(facts)
    told: set[str] = set()
    amounts = [
        one for number in numerals(draft.left) if (one := _amount(draft, number))
    ]
    said = SaidAmounts.of(draft, amounts)
    for one in amounts:
        _settle(draft, one, borne, said, told)
    return told


def _amount(draft: Draft, number: Numeral) -> Amount | None:
    text, start, end = draft.left, number.start, number.end
    before, values = text[max(0, start - 8) : start], number.values
    kind, money = "plain", frozenset[str]()
    if hundred := PER_HUNDRED.search(before):
        kind, start = "percent", start - len(hundred[0])
    elif number.written.startswith("百") and not number.is_digits:
        return None
    elif found := PERCENT.match(text, end):
        kind, end = "percent", found.end()
    elif found := FOLD.match(text, end):
        kind, end = "fold", found.end()
        values = _folds(values, number)
    elif found := POINTS.match(text, end):
        kind, end = "points", found.end()
    elif sign := currencies.BEFORE.search(before):
        kind, start = "money", start - len(sign[0])
        money = currencies.meant(sign[0])
        if (code := currencies.AFTER.match(text, end)) and code[0].strip():
            end, money = code.end(), currencies.meant(code[0]) & money or money
    elif found := currencies.AFTER.match(text, end):
        kind, end, money = "money", found.end(), currencies.meant(found[0])
        end, values = _with_tenths(text, end, values, found[0])
    if kind == "plain" and not number.is_digits and not _is_counted(draft, number):
        return None
    role = role_of(draft.before(start), draft.after(end), kind)
    return Amount(start, end, kind, values, money, number.is_digits, role)


def _folds(values: frozenset[Decimal], number: Numeral) -> frozenset[Decimal]:
    """Return the percentage taken off by 七折, 7.5折 or 75折."""
    # 折 says what is left to pay: 7折 and 70折 both take thirty off
    tenths = {v * 10 if v < 10 else v for v in values}
    return frozenset(100 - v for v in tenths if 0 < v < 100)


def _with_tenths(
    text: str, end: int, values: frozenset[Decimal], unit: str
) -> tuple[int, frozenset[Decimal]]:
    """Read 九块九 and 9块9 as 9.9."""
    tail = re.match(
        r"([一二三四五六七八九]|\d)(?![\d百千万十折天月件个只份套条双瓶盒包张])",
        text[end : end + 2],
    )
    if unit.strip() != "块" or not tail:
        return end, values
    tenth = next(iter(numerals(tail[1]))).values
    return end + 1, frozenset(v + min(tenth) / 10 for v in values)


def _is_counted(draft: Draft, number: Numeral) -> bool:
    """Say whether a number in words is an amount: "save ten", "fifteen off"."""
    before, after = draft.before(number.start), draft.after(number.end)
    if number.written.isascii():
        role = role_of(before, after, "plain")
        n = int(min(number.values))
        return role in (Role.OFF, Role.MINIMUM) and (n > 2)
    return bool(re.search(r"[满减省]$", before)) and len(number.written) > 0


def _settle(
    draft: Draft, one: Amount, borne: Borne, said: SaidAmounts, told: set[str]
) -> None:
    text = draft.left
    if one.kind == "plain" and _is_free_of_facts(draft, one):
        return
    if one.kind == "plain" and one.is_digits and CENTS.match(text, one.end):
        unit = CENTS.match(text, one.end)
        is_tenth = bool(unit and unit[0].strip() in "毛角")
        _judge(
            draft, one.start, unit.end() if unit else one.end, one, borne, said, told,
            scale=Decimal(10 if is_tenth else 100),
        )  # fmt: skip
        return
    _judge(draft, one.start, one.end, one, borne, said, told)


def _judge(
    draft: Draft, start: int, end: int, one: Amount, borne: Borne, said: SaidAmounts,
    told: set[str], scale: Decimal = Decimal(1),
) -> None:  # fmt: skip
    values = frozenset(v / scale for v in one.values)
    about = borne.bears(one.kind, one.role, values, said.all, said.near(draft, one))
    if not about and ABOUT.search(draft.before(start)):
        about = {"value"} if borne.nearly(one.kind, values) else set()
    # "pay only 80 %" is right where twenty are taken off
    if not about and one.kind == "percent" and PAID.search(draft.before(start)):
        paid = frozenset(100 - v for v in values)
        about = {"value"} if paid & borne.offered_percent else set()
    if about and (one.kind != "money" or borne.is_currency(one.currencies)):
        draft.take(start, end)
        told.update(about)
        return
    kind, right = borne.wrong(one.kind, one.role, values, one.currencies)
    # a number with a measure is no price: it names another size of the product
    if one.kind == "plain" and (measure := MEASURE.match(draft.left, end)):
        kind, end = "product", measure.end()
    draft.flag(kind, start, end, right)


def _is_free_of_facts(draft: Draft, one: Amount) -> bool:
    """Say whether a bare number counts nothing of the offer: a list's, two steps."""
    if HARMLESS.match(draft.left, one.end):
        return True
    if SPOKEN.search(draft.left[max(0, one.start - 2) : one.end + 10]):
        return True
    before = draft.left[: one.start].rstrip(" ")
    is_first = not before or before[-1] in ".!?:\n。！？："
    return is_first and bool(
        re.match(r"[.)、](?!\d)", draft.left[one.end : one.end + 2])
    )
