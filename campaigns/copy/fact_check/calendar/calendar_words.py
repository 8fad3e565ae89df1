"""Words for days, months, weekdays and feasts. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta

from campaigns.copy.fact_check.amounts.numerals import chinese_values

MONTHS = (
    "january february march april may june july august september october november"
    " december"
).split()
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
ZH_WEEKDAYS = {one: n for n, one in enumerate("一二三四五六日")} | {"天": 6}
ZH_WEEKDAYS |= {str(n + 1): n for n in range(6)}

# day of the year on which a shop's feast falls, and how many days around it are its own
SALES_DAYS = {
    r"双十一|双11|双 11|11\.11|singles'? day": ((11, 11), 12),
    r"双十二|双12|12\.12": ((12, 12), 14),
    r"(?<!\d)618(?!\d)": ((6, 18), 25),
    r"元旦": ((1, 1), 10),
    r"国庆(?:节)?": ((10, 1), 14),
    r"劳动节|五一": ((5, 1), 10),
    r"三八|妇女节|女神节|women's day": ((3, 8), 10),
    r"情人节|valentine'?s?(?:'s)? day": ((2, 14), 20),
    r"圣诞节?|christmas(?: day| eve)?|xmas": ((12, 25), 40),
    r"平安夜": ((12, 24), 30),
    r"万圣节?|halloween": ((10, 31), 30),
    r"new year'?s?(?: day| eve)?": ((1, 1), 25),
    r"boxing day": ((12, 26), 15),
}


def month_of(word: str) -> int:
    """Return 1 to 12 for a month's name or its beginning."""
    return next(
        n for n, name in enumerate(MONTHS, 1) if name.startswith(word.lower()[:3])
    )


def number_of(said: str) -> int:
    """Return the number of a month or a day, however it is written."""
    if said.isdecimal():
        return int(said)
    if said[0] in ZH_WEEKDAYS or said[0] == "十":
        return int(min(chinese_values(said)))
    with suppress(StopIteration):
        return month_of(said)
    return int(min(chinese_values(said)))


def weekday_of(word: str) -> int:
    """Return 0 (Monday) to 6 for a weekday in English or Chinese."""
    if word in ZH_WEEKDAYS:
        return ZH_WEEKDAYS[word]
    return next(
        n for n, name in enumerate(WEEKDAYS) if name.startswith(word.lower()[:3])
    )


def black_friday(year: int) -> date:
    """Return the day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thursday + timedelta(days=1)


def feast(word: str, near: date) -> tuple[date, int] | None:
    """Return the day of a feast that lies nearest to a day, and its days around."""
    word = word.lower()
    if word in ("black friday", "黑五", "黑色星期五"):
        return _nearest([black_friday(near.year + n) for n in (-1, 0, 1)], near), 12
    if word in ("cyber monday", "网络星期一"):
        days = [black_friday(near.year + n) + timedelta(days=3) for n in (-1, 0, 1)]
        return _nearest(days, near), 10
    for words, ((month, day), around) in SALES_DAYS.items():
        if re.fullmatch(words, word):
            days = [date(near.year + n, month, day) for n in (-1, 0, 1)]
            return _nearest(days, near), around
    return None


FEASTS = r"black friday|黑五|黑色星期五|cyber monday|网络星期一|" + "|".join(SALES_DAYS)


def _nearest(days: list[date], near: date) -> date:
    return min(days, key=lambda one: abs((one - near).days))
