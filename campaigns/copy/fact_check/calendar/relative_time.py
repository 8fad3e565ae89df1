"""Tonight, tomorrow, this week, Black Friday: held against now and the offer's dates.
Pure.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from campaigns.copy.fact_check.calendar import calendar_words as words
from campaigns.copy.fact_check.calendar import clock_times, durations
from campaigns.copy.fact_check.calendar.offer_days import Days
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

TODAY = re.compile(
    r"(?P<en>\b(?:ends?|ending|until|till|by|expires?|closes?|through|before|good for|valid"
    r"|only|last day(?: is)?)(?: for| on| at| the end of)? (?:today|tonight|midnight tonight)\b"
    r"|\b(?:today|tonight) only\b|\b(?:today|tonight) is (?:the|your) (?:last|final)\b"
    r"|\b(?:last|final) (?:day|hours|chance) (?:is |are )?(?:today|tonight)\b"
    r"|\bone[ -]day[ -]only\b|\b24[ -]hours? only\b)"
    r"|(?P<zh>(?:仅限|只限|仅|只有|限|就在|截至|截止到?|至)(?:今天|今日|今晚|当日|当天)"
    r"|(?:今天|今日|今晚)(?:是)?(?:最后(?:一天|机会|期限)?|截止|结束|到期|过期|失效|止"
    r"|内有效|有效"
    r"|[^，。！,!.]{0,8}(?:截止|结束|到期|失效))|(?<![是为])最后一[天日]|仅此一天|仅限一天|过了今天)",
    re.I,
)
TOMORROW = re.compile(
    r"\b(?:the )?day after tomorrow\b|\btomorrow(?: night| evening| morning)?\b"
    r"|大后天|后天|明天|明日|明晚",
    re.I,
)
DAYS_AHEAD = {
    "大后天": 3,
    "后天": 2,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
}
PERIOD = re.compile(
    r"\b(?:until |by |through |before |ends? |till )?(?:the |at the )?(?:end of |later "
    r"|this |next )"
    r"(?:the |this |next )?(?:week|month|year|weekend)\b|\bmonth[- ]end\b|\bthis weekend\b"
    r"|(?:本|这|下)(?:个)?(?:周末|周内|周底|月底|月末|月内|周|月)|月底|月末|年底|年末|周末"
    r"|(?P<month>\d{1,2})月(?:底|末)",
    re.I,
)
SALE = re.compile(rf"(?<![A-Za-z])(?:{words.FEASTS})(?![A-Za-z])", re.I)
SOFT_SALE = re.compile(
    r"圣诞|平安夜|christmas|xmas|new year|元旦|halloween|万圣|valentine|情人节|国庆|劳动"
    r"|五一|boxing",
    re.I,
)
DEADLINE = re.compile(
    r"(?:until|till?|by|before|ends?|ending|through|on|至|到|截止|截至|于)\W{0,4}$",
    re.I,
)
DEADLINE_AFTER = re.compile(
    r"\W{0,2}(?:就|即)?(?:前|截止|结束|之前|为止|到期|止|恢复|失效|过期|关闭|有效)"
)


def check(draft: Draft, facts: Facts) -> bool:
    """Flag times that don't follow from now; say whether the offer's end is told."""
    days = Days(facts)
    told = [
        _tomorrow(draft, days),
        _today(draft, days),
        durations.check(draft, facts),
        _periods(draft, days),
    ]
    _feasts(draft, days)
    clock_times.check(draft, facts)
    return any(told)


def _today(draft: Draft, days: Days) -> bool:
    says_end = False
    for found in draft.find(TODAY):
        if days.now and days.now in days.last:
            draft.take(*found.span())
            says_end = True
        else:
            draft.flag("urgency", *found.span(), days.right)
    return says_end


def _tomorrow(draft: Draft, days: Days) -> bool:
    says_end = False
    for found in draft.find(TOMORROW):
        ahead = DAYS_AHEAD.get(found[0].lower(), 1)
        day = days.now + timedelta(days=ahead) if days.now else None
        if day in days.all:
            draft.take(*found.span())
            says_end |= day in days.last
        else:
            draft.flag("date", *found.span(), days.right)
    return says_end


def _periods(draft: Draft, days: Days) -> bool:
    says_end = False
    for found in draft.find(PERIOD):
        said = found[0].lower()
        is_deadline = (
            re.match(r"until|by|through|before|ends?|till", said)
            or re.search(r"\bend\b|month[- ]end", said)
            or DEADLINE.search(draft.before(found.start()))
            or DEADLINE_AFTER.match(draft.left, found.end())
        )
        if not is_deadline:
            continue
        if any(_in_period(day, said, found["month"], days.now) for day in days.last):
            draft.take(*found.span())
            says_end = True
        else:
            draft.flag("date", *found.span(), days.right)
    return says_end


def _in_period(day: date, said: str, month: str | None, now: date | None) -> bool:
    if month:
        return day.month == int(month) and day.day >= 27
    weeks = (
        ((day - timedelta(day.weekday())) - (now - timedelta(now.weekday()))).days // 7
        if now
        else 0
    )
    is_next = "next" in said or "下" in said
    if "weekend" in said or "周末" in said:
        return day.weekday() >= 4 and weeks == int(is_next)
    if "week" in said or "周" in said:
        return weeks == int(is_next)
    if "year" in said or "年" in said:
        return day.month == 12 and day.day >= 28
    months = (day.year - now.year) * 12 + day.month - now.month if now else 0
    is_end = "end" in said or re.search("底|末", said)
    return months == int(is_next) and (not is_end or day.day >= 27)


def _feasts(draft: Draft, days: Days) -> None:
    for found in draft.find(SALE):
        is_deadline = DEADLINE.search(draft.before(found.start())) or (
            DEADLINE_AFTER.match(draft.left, found.end())
        )
        if SOFT_SALE.match(found[0]) and not is_deadline:
            continue
        fits = False
        for one in days.all:
            there = words.feast(found[0], one)
            most = 1 if is_deadline else (there[1] if there else 0)
            fits |= there is not None and abs((one - there[0]).days) <= most
        if fits:
            draft.take(*found.span())
        elif days.near:
            draft.flag("date", *found.span(), days.right)
