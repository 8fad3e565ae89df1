"""Rules drawn by chance from what predicates declare: any of them, nested, with values of
the small history.
"""

import random
from typing import Any

from profiles.segments.fields import Choice, Days, Field, Flag, Group, Number, Whole
from retention_site.lib import registry

VALUES = {
    "event_type": ("purchase", "view", "cart", "return", "message_opened"),
    "category": ("Bakery", "Bread", "Dairy > Milk", "bakery > cake", "Nowhere"),
    "brand": ("Miller", "Oatly"),
    "item": ("i1", "i2", "i3"),
    "campaign": ("Autumn",),
    "coupon_code": ("A-1",),
    "trait_value": ("east", "gold", "4", "west"),
    "channel": ("email", "sms"),
    "topic": ("offers",),
    "score": ("purchase", "churn"),
    "segment": ("regulars",),
    "trait": ("region", "tier", "visits", "birth_date", "email", "recency_days"),
}
TRAITS = (
    {"key": "region", "in": ["east", "west"]},
    {"key": "tier", "equals": "gold"},
    {"key": "visits", "at_least": 3},
    {"key": "birth_date", "below": "1980-01-01"},
    {"key": "email", "is_set": False},
    {"key": "recency_days", "above": 30, "at_most": 80.5},
    {"key": "region", "contains": "ea"},
)


def rule(dice: random.Random, depth: int = 3) -> dict[str, Any]:
    """A rule that the validator takes."""
    if depth and dice.random() < 0.55:
        word = dice.choice(("all", "any", "none"))
        n = dice.choice((1, 2, 2, 3))
        return {word: [rule(dice, depth - 1) for _n in range(n)]}
    return leaf(dice)


def leaf(dice: random.Random, key: str = "") -> dict[str, Any]:
    key = key or dice.choice(registry.keys("predicates"))
    if key in ("trait", "attribute"):
        return {"is": key, **dice.choice(TRAITS)}
    kind = registry.load("predicates", key)
    # of a rule that is right, some other fields
    told = {"is": key, **dice.choice(kind.examples)}
    for field in kind.fields:
        if field.name in ("at_least", "at_most", "count") or dice.random() < 0.7:
            continue
        told[field.name] = value(field, dice)
    return told


def value(field: Field, dice: random.Random) -> Any:
    match field:
        case Choice():
            return dice.choice(list(field.options))
        case Flag():
            return dice.random() < 0.5
        case Days():
            return dice.choice((1, 7.5, 30, 90, 400))
        case Whole():
            return field.least + dice.randrange(4)
        case Number():
            return dice.choice((0, 1, 2.5, 40))
        case Group():
            inner = (
                [one for one in field.fields if one.is_required]
                or [dice.choice(field.fields)]
                if field.fields
                else []
            )
            told = {one.name: value(one, dice) for one in inner}
            return told or {"store": "north"}
    words = VALUES.get(field.source, ("x",))
    if field.kind == "words" and dice.random() < 0.4:
        return dice.sample(words, min(2, len(words)))
    return dice.choice(words)
