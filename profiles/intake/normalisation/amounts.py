"""Numbers as people write them: 1.234,56 or 1'234.50 or €12.50. What could be two
numbers is read only where the other cells of its column show which one it is. Pure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from profiles.intake.currencies import CURRENCIES

TWO_NUMBERS = "could be two numbers"
OTHER_CURRENCY = "written in another currency"

# blanks that keep a number on one line, the apostrophe of Switzerland, the minus of
# typography
PLAIN = str.maketrans("\u00a0\u2007\u2009\u202f\u2019\u2212", "    '-")
DOLLARS = frozenset("USD CAD AUD NZD SGD HKD TWD MXN CLP COP ARS".split())
SIGNS = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "$": DOLLARS,
    "us$": frozenset({"USD"}),
    "r$": frozenset({"BRL"}),
    "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "₴": frozenset({"UAH"}),
    "₪": frozenset({"ILS"}),
    "zł": frozenset({"PLN"}),
    "kč": frozenset({"CZK"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "ft": frozenset({"HUF"}),
    "fr": frozenset({"CHF"}),
    "sfr": frozenset({"CHF"}),
}
SIGN = r"[^\W\d_]{1,3}\$?|\$|[€£¥￥₹₩₽₺₴₪]"
WRITTEN = re.compile(
    rf"(?P<minus>[+-]?) ?(?P<before>{SIGN})?\.? ?(?P<inner>[+-]?)"
    rf"(?P<digits>\d[\d.,' ]*?) ?(?P<after>{SIGN})?\.?"
)
GROUPED = re.compile(
    r"(?P<first>[1-9]\d{0,2})(?P<between>[.,' ])\d{3}(?:(?P=between)\d{3})*"
    r"(?:(?!(?P=between))(?P<point>[.,])\d+)?"
)
WITH_POINT = re.compile(r"\d+(?:(?P<point>[.,])\d+)?")
EITHER_WAY = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # one and a bit, or a thousand


@dataclass
class Marks:
    """What the cells of a column show that can be read in one way only."""

    points: set[str] = field(default_factory=set)  # what stands before the decimals
    between: set[str] = field(default_factory=set)  # what stands between thousands

    def see(self, words: Iterable[str]) -> None:
        """Learn of cells which marks stand where."""
        for word in words:
            digits = _digits(word)
            if digits is None or EITHER_WAY.fullmatch(digits):
                continue
            if found := GROUPED.fullmatch(digits):
                self.between.add(found["between"])
            else:
                found = WITH_POINT.fullmatch(digits)
            if found and found["point"]:
                self.points.add(found["point"])

    def says_thousand(self, mark: str) -> bool:
        return mark in self.between and mark not in self.points


def plain_or_reason(word: str, marks: Marks, currency: str, *, is_money: bool) -> str:
    """Return the number as programs write it, or why it can't be told. A word that is
    written in no known way is returned as it is.
    """
    found = WRITTEN.fullmatch(word.translate(PLAIN))
    if found is None or (found["minus"] and found["inner"]):
        return word
    sign = found["before"] or found["after"]
    if sign:
        known = _currencies(sign)
        is_twice = found["before"] and found["after"]
        if known is None or is_twice or not is_money:
            return word
        if currency not in known:
            return OTHER_CURRENCY
    number = _plain(found["digits"], marks)
    if number is None:
        return word
    minus = "-" if "-" in (found["minus"], found["inner"]) else ""
    return number if number == TWO_NUMBERS else minus + number


def _digits(word: str) -> str | None:
    found = WRITTEN.fullmatch(word.translate(PLAIN))
    return found["digits"] if found else None


def _currencies(sign: str) -> frozenset[str] | None:
    code = sign.upper()
    return frozenset({code}) if code in CURRENCIES else SIGNS.get(sign.lower())


def _plain(digits: str, marks: Marks) -> str | None:
    if EITHER_WAY.fullmatch(digits):
        mark = "." if "." in digits else ","
        return digits.replace(mark, "") if marks.says_thousand(mark) else TWO_NUMBERS
    if found := GROUPED.fullmatch(digits):
        digits = digits.replace(found["between"], "")
    elif WITH_POINT.fullmatch(digits) is None:
        return None
    return digits.replace(",", ".")
