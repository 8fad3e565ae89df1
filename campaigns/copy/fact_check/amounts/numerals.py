"""Numbers as people write them: digits, English words, Chinese numerals. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORDS = {word: n for n, word in enumerate(ONES)} | {
    word: 10 * (n + 2) for n, word in enumerate(TENS)
}
ZH_DIGITS = {one: n for n, one in enumerate("零一二三四五六七八九")}
ZH_DIGITS |= {"〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "伍": 5}
ZH_STEPS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100}

DIGITS = r"\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,2})?(?!\d)"
ENGLISH = (
    rf"(?:a |one )?(?:{'|'.join([*ONES[::-1], *TENS])}|hundred|thousand)"
    rf"(?:[ -](?:and )?(?:{'|'.join([*ONES[::-1], *TENS])}|hundred|thousand)){{0,5}}"
)
CHINESE = "[零〇一二两三四五六七八九十百千万壹贰叁伍拾佰]{1,8}(?:点[零一二三四五六七八九]{1,2})?"
# 1 299,50 is one number where money follows
SPACED_MONEY = r"(?:kr|€|£|\$|zł|Kč|Ft|₽|SEK|NOK|DKK|PLN|CHF|EUR|USD|CZK|HUF)"
NUMERAL = re.compile(
    rf"(?P<spaced>(?<![\d.,])\d{{1,3}}(?: \d{{3}}){{1,3}}(?:[.,]\d{{1,2}})?(?= ?{SPACED_MONEY}))"
    rf"|(?P<digits>(?<!\d)(?<!\d[.,])(?:{DIGITS})|\d{{1,20}})"
    rf"|(?P<english>\b{ENGLISH}\b)|(?P<chinese>{CHINESE})",
    re.I,
)


@dataclass(frozen=True)
class Numeral:
    """A number in a text, with every value that it may mean."""

    start: int
    end: int
    values: frozenset[Decimal]
    is_digits: bool
    written: str


def numerals(text: str) -> Iterator[Numeral]:
    """Yield the numbers of a text, in order."""
    for found in NUMERAL.finditer(text):
        kind = found.lastgroup or ""
        said = found[0]
        if kind in ("digits", "spaced"):
            values = digit_values(said.replace(" ", ""))
        elif kind == "english":
            values = frozenset([Decimal(english_value(said.lower()))])
        else:
            values = chinese_values(said)
        if values:
            yield Numeral(*found.span(), values, kind in ("digits", "spaced"), said)


def digit_values(said: str) -> frozenset[Decimal]:
    """Read 1,299.00 and 1.299,00 and, where one mark may be either, both ways."""
    marks = [one for one in said if not one.isdigit()]
    if not marks:
        return frozenset([Decimal(said)])
    *_, last = marks
    whole, _, rest = said.rpartition(last)
    plain = re.sub(r"\D", "", said)
    as_decimal = Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{rest}")
    if len(set(marks)) > 1 or (len(marks) == 1 and len(rest) < 3):
        return frozenset([as_decimal])
    if len(marks) > 1:
        tail = frozenset([as_decimal]) if len(rest) < 3 else frozenset()
        return tail | {Decimal(plain)}
    return frozenset([as_decimal, Decimal(plain)])


def english_value(said: str) -> int:
    """Read "twenty-five", "a hundred and five"."""
    total = current = 0
    for word in re.split(r"[ -]", said):
        if word in WORDS:
            current += WORDS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total, current = total + (current or 1) * 1000, 0
    return total + current


def chinese_values(said: str) -> frozenset[Decimal]:
    """Read 三百五 (350), 八五 (85), 九点九 (9.9)."""
    whole, _, rest = said.partition("点")
    if all(one in ZH_DIGITS for one in whole):
        value = Decimal("".join(str(ZH_DIGITS[one]) for one in whole) or "0")
    else:
        value = Decimal(_chinese_whole(whole))
    if rest:
        value += Decimal("0." + "".join(str(ZH_DIGITS[one]) for one in rest))
    return frozenset([value])


def _chinese_whole(said: str) -> int:
    total = section = current = step = 0
    for one in said:
        if one in ZH_DIGITS:
            current = ZH_DIGITS[one]
            step = 1 if current == 0 else step
        elif one in ZH_STEPS:
            section += (current or 1) * ZH_STEPS[one]
            step, current = ZH_STEPS[one], 0
        else:  # 万
            total += (section + current or 1) * 10_000
            section, current, step = 0, 0, 10_000
    # 三百五 means 350, 三百零五 305, 十五 15
    return total + section + current * (step // 10 if step >= 100 else 1)
