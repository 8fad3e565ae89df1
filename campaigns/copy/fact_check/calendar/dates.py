"""Dates and weekdays: the offer's first and last day, and today. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

from campaigns.copy.fact_check.amounts import currencies
from campaigns.copy.fact_check.amounts.numerals import chinese_values
from campaigns.copy.fact_check.calendar import calendar_words as words
from campaigns.copy.fact_check.calendar import date_spans
from campaigns.copy.fact_check.calendar.offer_days import Days
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

DAY = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th)?"
YEAR = r"(?:,? (?P<y>(?:19|20)\d\d)(?!\d))?"
YEAR_TOLD = r",? (?P<y>(?:19|20)\d\d)(?!\d)"
WD = rf"(?:\b(?P<w>{words.WEEKDAY})\b\.?,? (?:the )?)?"
ZH_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
ABSOLUTE = (
    re.compile(
        rf"{WD}(?<![\d.,$€£¥])\b{DAY}(?: of)? (?P<m>{words.MONTH})\b(?:\.?{YEAR_TOLD})?",
        re.I,
    ),
    re.compile(
        rf"{WD}\b(?P<m>{words.MONTH})\.? (?:the )?{DAY}(?![\d%]|[.,:]\d\d\b){YEAR}",
        re.I,
    ),
    re.compile(
        r"(?<![\d./-])(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![\d/])"
    ),
    re.compile(
        rf"(?:(?P<y>20\d\d"
        rf"|[二零〇一三四五六七八九]{{4}})年)?(?P<m>{ZH_N})月(?P<d>{ZH_N})[日号]?"
        r"(?:[ (]{0,2}(?:周|星期|礼拜)(?P<w>[一二三四五六日天])\)?)?"
    ),
)
NUMERIC = re.compile(
    rf"{WD}(?<![\d./$€£¥-])(?P<a>\d{{1,2}})(?P<mark>[/.-])(?P<b>\d{{1,2}})"
    r"(?:(?P=mark)(?P<y>(?:20)?\d\d)(?![\d%])|(?=\.?(?:[^\d%/]|$)))",
    re.I,
)
OF_MONTH = re.compile(
    r"\bthe (?P<d>[0-3]?\d)(?:st|nd|rd|th)\b|(?<![\d月])(?P<z>[0-3]?\d)[日号](?!店|楼|线)",
    re.I,
)
STANDALONE = re.compile(
    r"(?:\b(?P<which>this|next|this coming|coming|every|each)? ?"
    rf"\b(?P<w>(?:{'|'.join(words.WEEKDAYS)}))\b"
    rf"|\b(?:until|till?|by|before|ends|on|through|this|next) (?P<s>{words.WEEKDAY})\b"
    r"|(?P<zwhich>下下|本|这个?|下个?|每个?)?(?:周|星期|礼拜)(?P<z>[一二三四五六日天]))",
    re.I,
)
DEADLINE = re.compile(
    r"(?:until|till?|by|before|ends?(?: on)?|ending|through|on|from|starts?|expires?"
    r"|valid|deadline|date|至|到|截止|截至|于|前|从|起|自)\W{0,4}$",
    re.I,
)
# what makes a bare weekday a day of the offer
OFFERED = re.compile(
    r"\b(?:until|till?|by|before|ends?|ending|ended|through|thru|expires?|expiry|valid"
    r"|last|final|offer|code|off|over|deadline|closes?|midnight|only|good|save|price|on)\b"
    r"|[%€£$¥]|截止|截至|[前止至到内]|有效|结束|过期|最后|为止|优惠|折|减|活动|恢复|失效|抢|买",
    re.I,
)
WEEKDAY_BEFORE = re.compile(rf"\b{words.WEEKDAY}\b,? ?$|day,? ?$", re.I)
NAMED_AFTER = re.compile(
    rf" (?!{words.MONTH}\b|(?i:at|by|and|is|night|morning)\b)[A-Z][a-z]{{2,}}"
)
MEASURE_AFTER = re.compile(r" ?(?:%|折|kg|ml|cm|l\b|g\b)", re.I)


def check(draft: Draft, facts: Facts) -> bool:
    """Flag days that aren't the offer's; say whether its last day is there."""
    allowed = Days(facts)
    date_spans.check(draft, allowed)
    return any(
        [
            _absolute(draft, allowed),
            _numeric(draft, allowed),
            _of_month(draft, allowed),
            _weekdays(draft, allowed),
        ]
    )


def _absolute(draft: Draft, allowed: Days) -> bool:
    says_end = False
    for pattern in ABSOLUTE:
        for found in draft.find(pattern):
            if found["m"].lower() in ("may", "mar") and found["m"].islower():
                continue
            month, day, year = (
                words.number_of(found["m"]),
                words.number_of(found["d"]),
                found["y"],
            )
            if not 1 <= month <= 12 or not 1 <= day <= 31:
                continue
            fits = allowed.fit(month, day, _year_of(year))
            says_end |= _judge(draft, found, fits, allowed)
    return says_end


def _judge(draft: Draft, found: re.Match[str], fits: set[date], allowed: Days) -> bool:
    """Settle one written day: its weekday apart from its date."""
    start, end = found.span()
    fits = fits & allowed.meant(draft, start, end)
    weekday = found["w"] if "w" in found.re.groupindex else None
    if not fits:
        first = start
        if weekday and found.start("w") == start and _weekday_fits(weekday, allowed):
            first = (
                found.end("w")
                + len(draft.left[found.end("w") :])
                - len(draft.left[found.end("w") :].lstrip(" ,."))
            )
            draft.take(start, found.end("w"))
        draft.flag("date", first, end, allowed.right)
        return False
    if weekday and words.weekday_of(weekday) not in {one.weekday() for one in fits}:
        right = words.WEEKDAYS[min(fits).weekday()].capitalize()
        draft.flag("date", *found.span("w"), right)
    draft.take(start, end)
    return bool(fits & allowed.last)


def _weekday_fits(word: str, allowed: Days) -> bool:
    return words.weekday_of(word) in {one.weekday() for one in allowed.last}


def _numeric(draft: Draft, allowed: Days) -> bool:
    says_end = False
    for found in draft.find(NUMERIC):
        a, b, year = int(found["a"]), int(found["b"]), _year_of(found["y"])
        readings = [
            (m, d) for m, d in ((a, b), (b, a)) if 1 <= m <= 12 and 1 <= d <= 31
        ]
        if not readings or not _is_a_day(draft, found, allowed, readings):
            continue
        fits = {one for month, day in readings for one in allowed.fit(month, day, year)}
        says_end |= _judge(draft, found, fits, allowed)
    return says_end


def _is_a_day(
    draft: Draft, found: re.Match[str], allowed: Days, readings: list[tuple[int, int]]
) -> bool:
    """Tell 5.12. from a price, and 1/2 from a day."""
    if found["y"] or found["w"]:
        return True
    end = found.end()
    is_amount = MEASURE_AFTER.match(draft.left, end) or currencies.AFTER.match(
        draft.left, end
    )
    if is_amount or found["mark"] == "-":
        return False
    is_after_word = bool(DEADLINE.search(draft.before(found.start())))
    return is_after_word or (found["mark"] == "/" and max(readings[0]) > 2)


def _of_month(draft: Draft, allowed: Days) -> bool:
    says_end = False
    for found in draft.find(OF_MONTH):
        day = int(found["d"] or found["z"])
        meant = allowed.meant(draft, *found.span())
        fits = {one for one in meant if one.day == day}
        before = draft.before(found.start())
        if found["d"] and not (
            DEADLINE.search(before) or WEEKDAY_BEFORE.search(before)
        ):
            continue
        if fits:
            draft.take(*found.span())
            says_end |= bool(fits & allowed.last)
        else:
            draft.flag("date", *found.span(), allowed.right)
    return says_end


def _weekdays(draft: Draft, allowed: Days) -> bool:
    says_end = False
    for found in draft.find(STANDALONE):
        which = (found["which"] or found["zwhich"] or "").lower()
        word = found["w"] or found["s"] or found["z"]
        if which.startswith(("every", "each", "每")):
            continue
        if found["w"] and NAMED_AFTER.match(draft.left, found.end()):
            continue  # Sunday Parlour is a shop
        name = next(key for key in "wsz" if found[key])
        if not which and name != "s" and not _is_of_an_offer(draft, found):
            continue  # Wednesday: clean socks
        start = found.start(name) if name == "s" else found.start()
        start += len(draft.left[start : found.end()]) - len(
            draft.left[start : found.end()].lstrip()
        )
        if not which and name == "s":
            which = draft.left[found.start() : found.start("s")].strip().lower()
        meant = allowed.meant(draft, start, found.end())
        fits = {one for one in meant if _is_meant(one, which, word, allowed)}
        if fits:
            draft.take(start, found.end())
            says_end |= bool(fits & allowed.last)
        else:
            draft.flag("date", start, found.end(), allowed.right)
    return says_end


def _is_of_an_offer(draft: Draft, found: re.Match[str]) -> bool:
    """Say whether the sentence around a bare weekday speaks of an offer or its end."""
    start, end = draft.sentence(found.start())
    return bool(OFFERED.search(draft.left[start:end]))


def _is_meant(day: date, which: str, word: str, allowed: Days) -> bool:
    """Say whether "next Friday" may mean this day."""
    if day.weekday() != words.weekday_of(word):
        return False
    if allowed.now is None:
        return True
    ahead = (day - allowed.now).days
    weeks = (_monday(day) - _monday(allowed.now)).days // 7
    if which in ("下", "下个"):
        return weeks == 1
    if which == "下下":
        return weeks == 2
    if which in ("本", "这", "这个"):
        return weeks == 0
    if which == "next":
        return weeks == 1 or 5 <= ahead <= 7
    if which == "this":
        return weeks == 0 or 0 <= ahead <= 6
    return -7 <= ahead <= 7 or (day in allowed.last and ahead <= 13)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _year_of(said: str | None) -> int | None:
    if not said:
        return None
    year = int(said) if said.isdecimal() else int(min(chinese_values(said)))
    return year + 2000 if year < 100 else year
