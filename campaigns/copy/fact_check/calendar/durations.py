"""In three days, 48 hours left, for a week: held against now and the offer's dates. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from campaigns.copy.fact_check.amounts.numerals import Numeral, numerals
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

UNIT = re.compile(
    r"[ -]?(?:(?P<days>days?\b|天|日(?!元|常))|(?P<hours>(?:hours?|hrs?)\b|个?小时|个?钟头)"
    r"|(?P<minutes>(?:minutes?|mins?)\b|分钟)|(?P<weeks>weeks?\b"
    r"|个?星期(?![一二三四五六日天])|周(?![一二三四五六日天年末]))"
    r"|(?P<months>months?\b|个月))",
    re.I,
)
LEFT_BEFORE = re.compile(
    r"(?:\b(?:in|within|only|just|last|final|next|another|for|after)(?: the)?(?: next| last)?"
    r"|还有|还剩下?|仅剩下?|只剩下?|剩余?|最后|倒计时|距[^，。]{0,8}|只有|仅有?|再过)\W{0,3}$",
    re.I,
)
PRESSING = re.compile(
    r"(?:\b(?:only|just|last|final)(?: the)?|仅剩下?|只剩下?|最后|倒计时|只有|仅)\W{0,3}$",
    re.I,
)
AROUND = re.compile(
    r"\W{0,2}(?:left|to go|remaining|remain|only|more|from now|until|before|后|内|之后"
    r"|之内|剩余"
    r"|倒计时|到期|截止|结束|有效)",
    re.I,
)
ENDS = re.compile(
    r"\b(?:ends?|ending|expires?|closes?|starts?|begins?|goes?|gone|over|valid|left)\b"
    r"|截止|结束|到期|失效"
    r"|开始|开抢|有效",
    re.I,
)


def check(draft: Draft, facts: Facts) -> bool:
    """Flag spans of time that don't follow; say whether the offer's end is told."""
    says_end = False
    for number in numerals(draft.left):
        unit = UNIT.match(draft.left, number.end)
        if not unit or draft.left[number.start : number.end] != number.written:
            continue
        says_end |= _duration(draft, facts, number, unit)
    return says_end


def _duration(draft: Draft, facts: Facts, number: Numeral, unit: re.Match[str]) -> bool:
    kind = unit.lastgroup or ""
    before, after = draft.before(number.start), draft.after(unit.end())
    near_end = ENDS.search(draft.before(number.start, 40)) or ENDS.search(after)
    speaks_of_end = bool(LEFT_BEFORE.search(before) or AROUND.match(after) or near_end)
    is_loose = kind == "minutes" or (kind != "hours" and not number.is_digits)
    if is_loose and not speaks_of_end:
        return False  # "in two minutes", 三天两头
    if kind == "minutes" and not (near_end or AROUND.match(after)):
        draft.take(number.start, unit.end())
        return False
    is_last = bool(PRESSING.search(before))
    if number.values & _remaining(facts, kind, is_last=is_last):
        draft.take(number.start, unit.end())
        return True
    if number.values & _span(facts, kind) and not AROUND.match(after[:8] + "x"):
        draft.take(number.start, unit.end())
        return False
    if number.values & _span(facts, kind) and not PRESSING.search(before):
        draft.take(number.start, unit.end())
        return False
    is_urgent = kind in ("hours", "minutes") or PRESSING.search(before)
    wrong = "urgency" if speaks_of_end and is_urgent else "date"
    draft.flag(wrong if speaks_of_end else "number", number.start, unit.end())
    return False


def _remaining(facts: Facts, kind: str, *, is_last: bool) -> set[Decimal]:
    """Return how many units may be said to be left to the end or to the start."""
    found: set[Decimal] = set()
    now = facts.now
    for moment in (facts.offer.ends, facts.offer.starts):
        if moment is None or now is None:
            continue
        seconds = (moment.ends_at - now).total_seconds()
        if moment is facts.offer.starts and moment.at is None:
            seconds -= 86_399
        if seconds >= 0:
            n_days = (moment.day - now.date()).days
            found |= _in_units(seconds, n_days, kind, is_last=is_last)
    return found


def _in_units(seconds: float, n_days: int, kind: str, *, is_last: bool) -> set[Decimal]:
    hours = seconds / 3600
    if kind == "minutes":
        return {Decimal(int(seconds // 60)), Decimal(round(seconds / 60))}
    if kind == "hours":
        near = {int(hours), round(hours), int(hours) + 1}
        return {Decimal(n) for n in near | ({24 * n_days} if n_days else set())}
    n_all = {n_days, int(hours // 24)} | ({n_days + 1} if is_last else set())
    if kind == "weeks":
        return {Decimal(n) / 7 for n in n_all} | {
            Decimal(round(n_days / 7)) or Decimal(-1)
        }
    if kind == "months":
        return {Decimal(round(n_days / 30.4)) or Decimal(-1)}
    return {Decimal(n) for n in n_all}


def _span(facts: Facts, kind: str) -> set[Decimal]:
    """Return how long the offer holds in all."""
    starts, ends = facts.offer.starts, facts.offer.ends
    if not starts or not ends:
        return set()
    n_days = (ends.day - starts.day).days
    units = {"days": Decimal(1), "weeks": Decimal(7), "hours": Decimal(1) / 24}
    per = units.get(kind)
    return {Decimal(n) / per for n in (n_days, n_days + 1)} if per else set()
