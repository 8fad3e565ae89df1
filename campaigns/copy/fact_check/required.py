"""The facts that a message must hold. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.amounts.borne_amounts import Borne, shown
from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

OPT_OUT = re.compile(
    r"\b(?:unsubscribe|opt[ -]?out|stop (?:receiving|getting)|(?:reply|text|send|txt"
    r"|with) \"?'?stop|stop to\b|stop\b ?[:=]|STOP\b|to stop|no more (?:messages|texts"
    r"|emails)|manage (?:your )?(?:preferences|subscription)|preferences"
    r"|don'?t want (?:these|to hear)|leave (?:this|the|our) list|end these)"
    r"|退订|拒收|取消订阅|不再接收|停止接收|回(?:复)?(?:T|TD|N|R|QX|0000)(?![A-Za-z])|/u/"
    r"|/unsub",
    re.I,
)
OTHER_NAMES = {
    "name": "name", "first_name": "name", "customer": "name", "customer.first_name": "name",
    "shop": "shop", "shop.name": "shop", "product": "product", "title": "product",
    "product.title": "product", "code": "code", "offer.code": "code", "link": "link",
    "links": "link", "price": "price", "product.price": "price", "was": "was",
    "product.was": "was", "ends": "ends", "offer.ends": "ends", "until": "ends",
    "value": "value", "offer.value": "value", "offer": "value", "amount": "value",
    "percent": "value", "minimum": "minimum", "offer.minimum": "minimum",
    "opt_out": "opt_out", "starts": "starts", "offer.starts": "starts",
    "unsubscribe": "opt_out", "discount": "value", "url": "link",
}  # fmt: skip


def check(draft: Draft, facts: Facts, told: set[str]) -> None:
    """Note each fact that had to be told and isn't."""
    wrong = {one.kind for one in draft.problems}
    for key in facts.required:
        name = OTHER_NAMES.get(key.lower(), key.lower())
        right = _right(name, facts)
        if name in told or name not in NAMES or not right:
            continue
        if wrong & INSTEAD.get(name, frozenset()):
            continue  # it is there and wrong: told once is enough
        draft.note("missing", len(draft.raw), len(draft.raw), right)


NAMES = frozenset(OTHER_NAMES.values())
INSTEAD = {
    "code": frozenset(["code"]), "ends": frozenset(["date", "urgency"]), "link": frozenset(["link"]),
    "name": frozenset(["name"]), "product": frozenset(["product"]), "shop": frozenset(["name"]),
    "value": frozenset(["number", "unit"]), "price": frozenset(["price", "unit"]),
    "was": frozenset(["price"]), "minimum": frozenset(["number"]), "starts": frozenset(["date"]),
}  # fmt: skip


def opt_out(draft: Draft) -> bool:
    """Say whether the text tells how to hear no more."""
    return bool(OPT_OUT.search(draft.plain))


def _right(name: str, facts: Facts) -> str:
    offer, product = facts.offer, facts.product
    return {
        "name": facts.first_name,
        "shop": facts.shop,
        "product": product.title,
        "code": offer.code,
        "link": facts.links[0] if facts.links else "",
        "price": shown(product.price),
        "was": shown(product.was),
        "ends": offer.ends.day.isoformat() if offer.ends else "",
        "starts": offer.starts.day.isoformat() if offer.starts else "",
        "value": Borne.of(facts).offered() or (offer.kind.replace("_", " ")),
        "minimum": shown(offer.minimum),
        "opt_out": "opt-out",
    }.get(name, "")
