"""Write a fact into a text, in one of the ways in which people write it."""

from __future__ import annotations

import random
from datetime import date, datetime
from decimal import Decimal

from benchmarks.planted_errors.facts_drawn import Drawn

SIGNS = {"GBP": "£", "USD": "$", "EUR": "€", "CNY": "¥"}
NAMES = {"GBP": "pounds", "USD": "dollars", "EUR": "euros", "CNY": "yuan"}
SPELLED = {
    10: "ten",
    12: "twelve",
    15: "fifteen",
    20: "twenty",
    25: "twenty-five",
    30: "thirty",
    5: "five",
    8: "eight",
    50: "fifty",
    40: "forty",
    18: "eighteen",
    35: "thirty-five",
}
ZH = "零一二三四五六七八九"


def write(rng: random.Random, slot: str, drawn: Drawn) -> str:
    """Write what a slot holds."""
    facts, offer = drawn.facts, drawn.facts["offer"]
    product = facts["product"]
    match slot:
        case "name":
            return str(facts["customer"]["first_name"])
        case "shop":
            return str(facts["shop"]["name"])
        case "product":
            return str(product["title"])
        case "code":
            return str(offer["code"])
        case "link":
            return str(facts["links"][0])
        case "unsubscribe":
            return drawn.unsubscribe
        case "price" | "was":
            return money(rng, product[slot], drawn)
        case "saved":
            saved = Decimal(str(product["was"])) - Decimal(str(product["price"]))
            return money(rng, saved, drawn)
        case "minimum":
            return money(rng, offer["minimum"], drawn)
        case "ends":
            return day(rng, drawn.ends.date(), drawn)
        case "off":
            return off(rng, offer["kind"], offer["value"], drawn)
    raise ValueError(slot)


def off(rng: random.Random, kind: str, value: int, drawn: Drawn) -> str:
    if drawn.language == "zh-hans":
        if kind == "percent":
            rest = 100 - value
            fold = f"{rest // 10}" if rest % 10 == 0 else f"{rest}"
            spoken = "".join(ZH[int(one)] for one in fold)
            return rng.choice(
                [
                    f"{fold}折",
                    f"打{spoken}折",
                    f"立减{value}%",
                    f"{spoken}折",
                    f"减{fullwidth(value)}％",
                ]
            )
        return rng.choice(
            [
                f"立减{value}元",
                f"减{value}元",
                f"优惠{fullwidth(value)}元",
                f"省{value}块",
            ]
        )
    if kind == "percent":
        return rng.choice(
            [
                f"{value}% off",
                f"{value} percent off",
                f"{value} % off",
                f"{SPELLED.get(value, value)} percent off",
            ]
        )
    return f"{money(rng, value, drawn)} off"


def money(rng: random.Random, value: object, drawn: Drawn, currency: str = "") -> str:
    code = currency or drawn.facts["product"]["currency"]
    number = Decimal(str(value))
    said = f"{number:.0f}" if number == number.to_integral_value() else f"{number:,.2f}"
    if drawn.language == "zh-hans" and code == "CNY":
        return rng.choice([f"{said}元", f"¥{said}", f"{said}块", f"￥{said}"])
    return rng.choice(
        [f"{SIGNS[code]}{said}"] * 3 + [f"{code} {said}", f"{said} {NAMES[code]}"]
    )


def day(rng: random.Random, when: date, drawn: Drawn, *, plain: bool = False) -> str:
    ahead = (when - drawn.now.date()).days
    if drawn.language == "zh-hans":
        week = "一二三四五六日"[when.weekday()]
        ways = [
            f"{when.month}月{when.day}日",
            f"{when.month}月{when.day}号",
            f"{when.year}年{when.month}月{when.day}日",
            f"{when.month}月{when.day}日（周{week}）",
        ]
        if not plain and _weeks(drawn.now, when) in (0, 1):
            ways.append(f"{'下' if _weeks(drawn.now, when) else '本'}周{week}")
        return rng.choice(ways)
    ways = [
        f"{when.day} {when:%B}",
        f"{when:%B} {when.day}",
        f"{when:%A}, {when.day} {when:%B}",
        f"{when:%a} {when.day} {when:%b}",
        f"{when:%A} {when.day} {when:%B} {when.year}",
        f"{when.isoformat()}",
        f"{when:%B} {when.day}{ordinal(when.day)}",
    ]
    if not plain and ahead <= 6:
        ways += [f"{when:%A}"]
    return rng.choice(ways)


def ordinal(n: int) -> str:
    return (
        "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    )


def fullwidth(value: object) -> str:
    return "".join(
        chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in str(value)
    )


def _weeks(now: datetime, when: date) -> int:
    monday = now.date().toordinal() - now.weekday()
    return (when.toordinal() - when.weekday() - monday) // 7
