"""Write a message of facts, rightly or with one error of a class, and say where it stands."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.planted_errors import slots
from benchmarks.planted_errors.facts_drawn import Drawn

CLASSES = (
    "number unit price code date product name link missing urgency claim personal leak language"
    " placeholder length loop"
).split()
SLOT = re.compile(r"\{(\w+)\}")
Pieces = list[list[str]]  # slot ("" for the template's own words) and what it says


@dataclass(frozen=True)
class Planted:
    """A finished text, the class of its error and the places of it."""

    text: str
    kind: str
    spans: tuple[tuple[int, int], ...]


def right(rng: random.Random, drawn: Drawn, words: dict[str, Any]) -> Planted:
    return Planted(_joined(_pieces(rng, drawn, words)), "", ())


def plant(
    rng: random.Random, kind: str, drawn: Drawn, words: dict[str, Any]
) -> Planted | None:
    """Plant one error; nothing where this message has no place for it."""
    pieces = _pieces(rng, drawn, words)
    if kind in INSERTED:
        return _inserted(rng, pieces, kind, rng.choice(words[INSERTED[kind]]))
    if kind == "length":
        return _long(rng, pieces, drawn, words)
    if kind == "loop":
        return _looped(rng, pieces, words)
    if kind == "placeholder":
        return _replaced(
            rng,
            pieces,
            kind,
            ("name", "code", "product", "price", "ends", "off"),
            lambda _s, _w: rng.choice(words["placeholders"]),
        )
    if kind == "missing":
        return _missing(rng, pieces, drawn)
    places, change = CHANGES[kind]
    planted = _replaced(
        rng,
        pieces,
        kind,
        places,
        lambda slot, said: change(rng, slot, said, drawn, words),
    )
    return _only_weekday(planted, drawn) if planted and kind == "date" else planted


def _only_weekday(planted: Planted, drawn: Drawn) -> Planted:
    """Narrow the place of a wrong weekday beside the right date."""
    (start, end), ends = planted.spans[0], drawn.ends
    said = planted.text[start:end]
    is_date_right = (
        f"{ends.day} {ends:%B}" in said or f"{ends.month}月{ends.day}日（周" in said
    )
    weekday = re.search(r"^[A-Z]\w+day(?=, )|(?<=（周).(?=）)", said)
    if not is_date_right or not weekday or f"{ends.year + 1}" in said:
        return planted
    span = (start + weekday.start(), start + weekday.end())
    return Planted(planted.text, planted.kind, (span,))


def _pieces(rng: random.Random, drawn: Drawn, words: dict[str, Any]) -> Pieces:
    template = rng.choice(words["templates"])
    template = template.replace(
        "{optout}", "{+}" + rng.choice(words["optouts"]) + "{-}"
    )
    pieces: Pieces = []
    inside = False
    for part in re.split(r"(\{[\w+-]+\})", template):
        if part in ("{+}", "{-}"):
            inside = part == "{+}"
        elif found := SLOT.fullmatch(part):
            pieces.append(
                ["optout" if inside else found[1], slots.write(rng, found[1], drawn)]
            )
        elif part:
            pieces.append(["optout" if inside else "", part])
    return pieces


def _joined(pieces: Pieces) -> str:
    return "".join(said for _slot, said in pieces)


def _at(pieces: Pieces, i: int) -> int:
    return sum(len(said) for _slot, said in pieces[:i])


def _replaced(
    rng: random.Random,
    pieces: Pieces,
    kind: str,
    places: tuple[str, ...],
    change: Callable[[str, str], str | None],
) -> Planted | None:
    at = [i for i, (slot, _said) in enumerate(pieces) if slot in places]
    if not at:
        return None
    i = rng.choice(at)
    said = change(*pieces[i])
    if not said or said == pieces[i][1]:
        return None
    pieces[i][1] = said
    start = _at(pieces, i)
    first, last = _wrong_part(kind, said)
    return Planted(_joined(pieces), kind, ((start + first, start + last),))


def _wrong_part(kind: str, said: str) -> tuple[int, int]:
    """Return where the wrong words stand: "20%" of "20% off", "Monday" of a date."""
    if kind in ("number", "unit"):
        core = re.sub(r"^(?:立减|减|优惠|省|打)| off$", "", said)
        return said.index(core), said.index(core) + len(core)
    return 0, len(said)


def _inserted(rng: random.Random, pieces: Pieces, kind: str, said: str) -> Planted:
    text = _joined(pieces)
    cuts = [one.end() for one in re.finditer(r"[.!?。！？]\s|[。！？\n]", text)] or [0]
    at = rng.choice([0, *cuts]) if kind != "leak" else 0
    gap = " " if said.isascii() else ""
    text = text[:at] + said + gap + text[at:]
    return Planted(text, kind, ((at, at + len(said)),))


def _long(
    rng: random.Random, pieces: Pieces, drawn: Drawn, words: dict[str, Any]
) -> Planted | None:
    if drawn.channel != "sms":
        return None
    text = (
        _joined(pieces)
        + " "
        + " ".join(rng.sample(words["fillers"], len(words["fillers"])))
    )
    return Planted(text, "length", ())


def _looped(rng: random.Random, pieces: Pieces, words: dict[str, Any]) -> Planted:
    said = rng.choice(words["loops"])
    gap = " " if said.isascii() else ""
    said = gap.join(
        [said]
        * (
            1
            if (len(set(said.split())) == 1 and len(said) > 10) or len(set(said)) <= 2
            else 3
        )
    )
    text = _joined(pieces)
    return Planted(
        text + " " + said, "loop", ((len(text) + 1, len(text) + 1 + len(said)),)
    )


def _missing(rng: random.Random, pieces: Pieces, drawn: Drawn) -> Planted | None:
    key = rng.choice(["code", "ends", "optout"])
    if not any(slot == key for slot, _said in pieces):
        return None
    instead = {
        "code": {"en": "the code in your account", "zh-hans": "账户里的券"},
        "ends": {"en": "the offer closes", "zh-hans": "活动结束"},
        "optout": {"en": "", "zh-hans": ""},
    }[key][drawn.language]
    for piece in pieces:
        if piece[0] == key:
            piece[1] = instead
    return Planted(_joined(pieces).strip(), "missing", ())


def _number(
    rng: random.Random, slot: str, said: str, drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    offer = drawn.facts["offer"]
    if slot == "minimum":
        return slots.money(
            rng,
            rng.choice([n for n in (20, 35, 60, 75, 80) if n != offer["minimum"]]),
            drawn,
        )
    others = [n for n in (5, 10, 15, 18, 20, 25, 30, 35, 40, 50) if n != offer["value"]]
    if rng.random() < 0.15 and offer["value"] != 50:
        return {"en": "half price", "zh-hans": "半价"}[drawn.language]
    return slots.off(rng, offer["kind"], rng.choice(others), drawn)


def _unit(
    rng: random.Random, slot: str, said: str, drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    offer = drawn.facts["offer"]
    if slot == "off":
        kind = "amount" if offer["kind"] == "percent" else "percent"
        if rng.random() < 0.2:
            return {
                "en": f"{offer['value']} points",
                "zh-hans": f"{offer['value']}积分",
            }[drawn.language]
        if drawn.language == "zh-hans" and kind == "percent":
            return f"立减{offer['value']}%"
        return slots.off(rng, kind, offer["value"], drawn)
    value = drawn.facts["product"].get(slot) or offer["minimum"]
    other = rng.choice([one for one in slots.SIGNS if one != offer["currency"]])
    return slots.money(rng, value, drawn, other)


def _price(
    rng: random.Random, slot: str, said: str, drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    product = drawn.facts["product"]
    if rng.random() < 0.3:
        return slots.money(rng, product["was" if slot == "price" else "price"], drawn)
    value = product[slot]
    wrong = rng.choice(
        [
            value + 1,
            value - 0.5 if value > 1 else value + 2,
            value * 10,
            round(value * 0.9, 2),
            value + 0.1,
        ]
    )
    return slots.money(rng, round(wrong, 2), drawn)


def _code(
    rng: random.Random, slot: str, said: str, _drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    i = rng.randrange(len(said) - 1)
    ways = [
        said[:i] + said[i + 1] + said[i] + said[i + 2 :], said[:-1], said + "0",
        said[:-1] + rng.choice("2345678"), said.lower(), said.replace("O", "0"),
        rng.choice(["SAVE", "DEAL", "GIFT"]) + str(rng.randrange(10, 99)), said.replace("-", ""),
    ]  # fmt: skip
    return rng.choice(ways)


def _date(
    rng: random.Random, slot: str, said: str, drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    ends = drawn.ends.date()
    way = rng.random()
    if way < 0.1:
        return {"en": "tomorrow", "zh-hans": "明天"}[drawn.language]
    if way < 0.25:  # a weekday that isn't this date's
        wrong = ends + timedelta(days=rng.choice([1, 2, 3, 4, 5, 6]))
        if drawn.language == "en":
            return f"{wrong:%A}, {ends.day} {ends:%B}"
        return f"{ends.month}月{ends.day}日（周{'一二三四五六日'[wrong.weekday()]}）"
    if way < 0.35:
        return (
            f"{ends.day} {ends:%B} {ends.year + 1}"
            if drawn.language == "en"
            else f"{ends.year + 1}年{ends.month}月{ends.day}日"
        )
    shift = rng.choice([-3, -2, -1, 1, 2, 3, 5, 7, 10])
    when = ends + timedelta(days=shift)
    if when in (drawn.now.date(),) or (when - drawn.now.date()).days < -1:
        return None
    return slots.day(rng, when, drawn, plain=abs(shift) == 7)


def _product(
    rng: random.Random, slot: str, said: str, drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    other = rng.choice(drawn.others)
    if rng.random() < 0.15 and drawn.language == "en":
        parts = other.split()
        other = " ".join(parts[-max(2, len(parts) - 1) :])
    return other.title() if said.istitle() else other


def _name(
    rng: random.Random, slot: str, said: str, drawn: Drawn, words: dict[str, Any]
) -> str | None:
    return str(
        rng.choice(
            [
                one
                for one in words["names" if slot == "name" else "shops"]
                if one != said
            ]
        )
    )


def _link(
    rng: random.Random, slot: str, said: str, drawn: Drawn, _words: dict[str, Any]
) -> str | None:
    ways = [
        said[:-1],
        said + "9",
        said.replace(".example", "-sale.example"),
        said.replace("/p/", "/c/"),
        f"https://bit.ly/3xY{rng.randrange(100, 999)}",
        said.replace("https://", "https://www1."),
        said.replace(".example", ".com"),
        f"{said}?ref={rng.randrange(99)}",
    ]
    return rng.choice(ways)


Change = Callable[[random.Random, str, str, Drawn, dict[str, Any]], str | None]
CHANGES: dict[str, tuple[tuple[str, ...], Change]] = {
    "number": (("off", "minimum"), _number),
    "unit": (("off", "price", "was", "minimum"), _unit),
    "price": (("price", "was"), _price),
    "code": (("code",), _code),
    "date": (("ends",), _date),
    "product": (("product",), _product),
    "name": (("name", "shop"), _name),
    "link": (("link",), _link),
}
INSERTED = {
    "urgency": "urgency",
    "claim": "claims",
    "personal": "personal",
    "leak": "leaks",
    "language": "foreign",
}
