"""At eight, 23:59, midnight: the hour at which the offer ends or starts. Pure."""

from __future__ import annotations

import re
from datetime import time

from campaigns.copy.fact_check.amounts.numerals import CHINESE, numerals
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts, Moment

CLOCK = re.compile(
    r"(?<![\d:.])(?P<h>[0-2]?\d):(?P<m>[0-5]\d)(?::[0-5]\d)? ?(?P<ap>[ap]\.?m\b\.?)?"
    r"|(?<![\d:.])(?P<h2>1?\d) ?(?P<ap2>[ap]\.?m\b\.?|o'clock)"
    r"|\b(?P<word>noon|midnight)\b|(?P<zword>零点|午夜|零时)"
    rf"|(?P<part>凌晨|早上|上午|中午|下午|傍晚|晚上|今晚|明晚|晚)?(?P<z>\d{{1,2}}|{CHINESE})"
    r"(?:点(?![零一二三四五六七八九\d]?[元折块])|时(?!间|代|尚|候|段|装|令))(?P<zm>半|整"
    r"|\d{1,2}分|[零一二三四五]?十?[一二三四五六七八九]分)?(?:钟)?",
    re.I,
)


def check(draft: Draft, facts: Facts) -> None:
    """Flag hours that are neither the end's nor the start's."""
    right = [one for one in (facts.offer.ends, facts.offer.starts) if one]
    for found in draft.find(CLOCK):
        readings = _times(found)
        if not readings or _is_a_little(draft, found):
            continue
        if any(_fits(one, reading) for one in right for reading in readings):
            draft.take(*found.span())
        else:
            said = facts.offer.ends.at if facts.offer.ends else None
            draft.flag("date", *found.span(), f"{said:%H:%M}" if said else "")


A_LITTLE_AFTER = re.compile(r"[点儿也都不没小心]")
HOUR_BEFORE = re.compile(
    r"(?:[上下中]午|凌晨|傍晚|[今明昨当]?晚上?|早上|[到至于前从起]|截止|每天)$"
)


def _is_a_little(draft: Draft, found: re.Match[str]) -> bool:
    """Say whether 一点 is no hour: 胖了一点, 早晚一点点, 有点."""
    if found["z"] not in ("一", "有", "几") or found["zm"]:
        return False
    if A_LITTLE_AFTER.match(draft.left, found.end()):
        return True
    if found["part"]:
        return found["part"] == "晚"
    return not HOUR_BEFORE.search(draft.before(found.start()))


def _times(found: re.Match[str]) -> set[time]:
    if found["word"] or found["zword"]:
        return {time(12)} if found["word"] == "noon" else {time(0)}
    if found["z"]:
        return _chinese_times(found)
    hour, minute = int(found["h"] or found["h2"]), int(found["m"] or 0)
    half = (found["ap"] or found["ap2"] or "")[:1].lower()
    if hour > 24:
        return set()
    if half in ("a", "p"):
        return {time(hour % 12 + (12 if half == "p" else 0), minute)}
    return {time(hour % 24, minute)} | (
        {time((hour + 12) % 24, minute)} if half == "o" else set()
    )


def _chinese_times(found: re.Match[str]) -> set[time]:
    numeral = next(numerals(found["z"]), None)
    hour = int(min(numeral.values)) if numeral else 99
    if hour > 24:
        return set()
    said = found["zm"] or ""
    numeral = next(numerals(said), None)
    minute = 30 if said == "半" else int(min(numeral.values)) if numeral else 0
    late = found["part"] in ("下午", "傍晚", "晚上", "今晚", "明晚", "晚")
    if late and hour <= 12:
        hour += 12
    both = {time(hour % 24, minute % 60)}
    return (
        both
        if found["part"] or hour > 12
        else both | {time((hour + 12) % 24, minute % 60)}
    )


def _fits(moment: Moment, said: time) -> bool:
    at = moment.at
    if at is None or at >= time(23, 59) or at == time(0):
        return said in (time(0), time(23, 59)) or said == at
    return said == at
