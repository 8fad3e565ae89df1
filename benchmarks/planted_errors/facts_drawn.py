"""Draw the facts of one message: a shop, a customer, a product of a catalogue, an offer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

WORDS = "SPRING WINTER HELLO COSY TREAT BACK MOON RIVER THANKS HOME STAR NEST".split()
CURRENCIES = {"en": ("GBP", "USD", "EUR"), "zh-hans": ("CNY",)}


@dataclass(frozen=True)
class Drawn:
    """The facts of one message, and the catalogue around it."""

    language: str
    channel: str
    now: datetime
    facts: dict[str, Any]
    others: list[str]  # other titles of the catalogue
    unsubscribe: str

    @property
    def ends(self) -> datetime:
        return datetime.fromisoformat(self.facts["offer"]["ends"])

    def line(self, name: str, text: str) -> dict[str, Any]:
        return {
            "id": name,
            "text": text,
            "language": self.language,
            "channel": self.channel,
            "now": self.now.isoformat(),
            "facts": self.facts,
        }


def draw(
    rng: random.Random,
    language: str,
    words: dict[str, Any],
    rows: list[tuple[str, Decimal]],
) -> Drawn:
    title, price = rng.choice(rows)
    if language == "en" and rng.random() < 0.5:
        title = title.title()
    now = datetime.fromisoformat("2026-01-05T10:30") + timedelta(
        days=rng.randrange(700), minutes=rng.randrange(500)
    )
    ends = now + timedelta(days=rng.randrange(4, 13))
    currency = rng.choice(CURRENCIES[language])
    offer = _offer(rng, currency, now, ends, price)
    shop = rng.choice(words["shops"])
    host = "shop" + str(rng.randrange(100)) + ".example"
    key = rng.randrange(10_000, 99_999)
    unsubscribe = f"https://{host}/u/{key:x}"
    was = (price * Decimal(rng.choice(["1.25", "1.4", "1.6", "2.2"]))).quantize(
        Decimal("0.01")
    )
    facts = {
        "shop": {"name": shop},
        "customer": {"first_name": rng.choice(words["names"])},
        "product": {
            "title": title,
            "price": float(price),
            "was": float(was),
            "currency": currency,
        },
        "offer": offer,
        "links": [f"https://{host}/p/{key}", unsubscribe],
        "required": ["code", "ends", "opt_out"],
        "allowed_claims": [],
    }
    others = [
        name
        for name, _price in rng.sample(rows, min(12, len(rows)))
        if name.lower() != title.lower()
    ]
    channel = rng.choice(
        ["email", "email", "sms"] if language == "en" else ["email", "sms"]
    )
    return Drawn(language, channel, now, facts, others, unsubscribe)


def _offer(
    rng: random.Random, currency: str, now: datetime, ends: datetime, price: Decimal
) -> dict[str, Any]:
    kind = rng.choice(["percent", "percent", "amount"])
    value = (
        rng.choice([10, 12, 15, 20, 25, 30])
        if kind == "percent"
        else rng.choice([5, 8, 10, 15])
    )
    code = rng.choice(WORDS) + rng.choice(
        [str(value), str(rng.randrange(10, 99)), f"-{rng.randrange(100, 999)}", ""]
    )
    if code.isalpha():
        code += rng.choice(WORDS)
    return {
        "kind": kind,
        "value": value,
        "currency": currency,
        "code": code,
        "starts": (now - timedelta(days=2)).date().isoformat(),
        "ends": rng.choice(
            [ends.date().isoformat(), ends.replace(hour=23, minute=59).isoformat()]
        ),
        "minimum": rng.choice([30, 40, 50, 100]),
    }
