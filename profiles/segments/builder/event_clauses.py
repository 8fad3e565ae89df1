"""Clauses about what was done: how often, when, on which items, for how much money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..predicates.compared import DISTANCES, MEASURED
from ..predicates.event_filter import ITEM_FIELDS, WHICH
from ..predicates.event_sum import SUMMED
from .clause import MONEY, Clause, Known, Rest, as_number, bounds_of, phrase_of
from .vocabulary import Vocabulary, phrase

SPENT = {
    "en": re.compile(r"(?<!\w)(?:spent|paid)(?!\w)", re.IGNORECASE),
    "zh": re.compile(r"(?:消费|花费|花了|支付)(?:了|过)?"),
}
OF_ITEMS = {
    "en": (
        re.compile(
            r"(?<!\w)(?:(?:from|of|in) )?(?:the )?(?P<what>category|brand)(?: is)?"
            r" (?P<name>[^\x1f,()]{1,80})",
            re.IGNORECASE,
        ),
        re.compile(r"(?<!\w)(?P<what>from) (?P<name>[^\x1f,()]{1,80})", re.IGNORECASE),
    ),
    "zh": (
        re.compile(
            r"(?P<what>类别|品类|品牌)(?:为|是)? ?(?P<name>[^\x1f,，()（）]{1,40})"
        ),
    ),
}
BRACKETS = re.compile(r"\((?P<inner>[^()]{1,300})\)")


SEQUENCES = (
    ("%(first)s and then not, within %(days)s: %(then)s", False),
    ("%(first)s and then, within %(days)s, %(then)s", True),
)


def then_of(said: str) -> str:
    """Return what was done second, where a piece says so; else nothing."""
    found = (phrase(text, ()).fullmatch(said.strip()) for text, _happens in SEQUENCES)
    return next((match["then"] for match in found if match), "")


def sequence(said: str, words: Vocabulary) -> dict[str, Any] | None:
    """Read "did this and then, within 7 days, did that"."""
    for text, happens in SEQUENCES:
        match = phrase(text, ()).fullmatch(said)
        n = MONEY.search(match["days"]) if match else None
        if not match or not n:
            continue
        sides = [
            event_clause(match[one], "", words, _nobody_knows)
            for one in ("first", "then")
        ]
        if all(one.is_whole for one in sides):
            first, then = (_which(one.leaf or {}) for one in sides)
            told: dict[str, Any] = {"is": "sequence", "first": first, "then": then}
            told["within_days"] = as_number(n.group())
            return told if happens else {**told, "happens": False}
    return None


def _nobody_knows(_source: str, _words: str) -> None:
    return None


def _which(leaf: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in WHICH}
    return {name: value for name, value in leaf.items() if name in names}


def compared(said: str, words: Vocabulary) -> dict[str, Any] | None:
    for key, label in DISTANCES.items():
        for of, name in MEASURED.items():
            text = _("%(verb)s, %(of)s %(bounds)s %(distance)s")
            text = text.replace("%(of)s", str(name)).replace("%(distance)s", str(label))
            match = phrase_of(text).match(said)
            bounds = bounds_of(match["bounds"]) if match else {}
            if match and bounds:
                event = event_clause(
                    match["verb"] + said[match.end() :], "", words, _nobody_knows
                )
                if event.is_whole:
                    told = {"is": "compared", **_which(event.leaf or {})}
                    return {**told, "of": of, "distance": key, **bounds}
    return None


def event_clause(said: str, verb: str, words: Vocabulary, known: Known) -> Clause:
    rest = Rest(said)
    spent = rest.take(SPENT[words.language])
    types = ["purchase"] if spent else verbs(rest, words)
    is_inherited = not types and bool(verb)
    types = types or ([verb] if verb else [])
    if not types:
        return Clause(None, [said.strip()])
    leaf: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    leaf |= _brackets(rest)
    ago = ago_of(rest, words)
    is_not = bool(not ago and rest.take(words.negation))
    window = _window(rest, words)
    leaf |= {"within_days": window} if window else {}
    sums = _sum(rest, words, is_spent=bool(spent))
    times = {} if sums else _times(rest, words)
    leaf |= _items(rest, words, known, leaf)
    unread = rest.words(words)
    if is_inherited and not (is_not or window or times):
        return Clause(None, [said.strip()])
    if ago:
        return Clause(
            {"is": ago.pop("is"), **_without(leaf, "within_days"), **ago}, unread
        )
    if sums:
        return Clause({"is": "event_sum", **leaf, **sums}, unread)
    if is_not:
        times = {"at_most": times.get("at_least", 1) - 1} if times else {"at_most": 0}
    return Clause({"is": "event_count", **leaf, **(times or {"at_least": 1})}, unread)


def _without(leaf: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in leaf.items() if key != name}


def verbs(rest: Rest, words: Vocabulary) -> list[str]:
    edge = r"(?<!\w)(?<!\d ){}(?!\w)" if words.language == "en" else "{}"
    found: list[tuple[int, str]] = []
    for text, kind in words.verbs:
        place = re.search(edge.format(re.escape(text)), rest.said, re.IGNORECASE)
        if place:
            found.append((place.start(), kind))
            rest.take(re.compile(edge.format(re.escape(text)), re.IGNORECASE))

    did = phrase_of(_("did “%s”").replace("%s", "%(type)s"))
    while match := rest.take(did):
        found.append((match.start(), match["type"]))
    return list(dict.fromkeys(kind for _place, kind in sorted(found)))


def _window(rest: Rest, words: Vocabulary) -> float | None:
    for pattern in words.spans:
        if match := rest.take(pattern):
            return words.days(match.groupdict().get("n"), match["span"].lower())
    return None


def ago_of(rest: Rest, words: Vocabulary) -> dict[str, Any]:
    """Read "for the last time more than 60 days ago"."""
    kinds = (("last_event", "for the last time"), ("first_event", "for the first time"))
    told: dict[str, Any] = {}
    for key, text in kinds:
        if rest.take(re.compile(re.escape(_(text)), re.IGNORECASE)):
            told["is"] = key
    for name, text in (
        ("more_than_days_ago", "more than %s"),
        ("at_most_days_ago", "at most %s"),
    ):
        inner = ngettext("%s day ago", "%s days ago", 2)
        one = ngettext("%s day ago", "%s days ago", 1)
        for days in (inner, one):
            whole = _(text).replace("%s", days).replace("%s", "%(n)s")
            pattern = phrase_of(whole).pattern.replace(".{1,80}?", r"[\d.]{1,12}")
            if match := rest.take(re.compile(pattern, re.IGNORECASE)):
                told[name] = as_number(match["n"])
    if not told.keys() & {"more_than_days_ago", "at_most_days_ago"}:
        return {}
    return {"is": "last_event", **told}


def _brackets(rest: Rest) -> dict[str, Any]:
    """Read "(category Coats or Hats, price from 20)"."""
    if not (match := rest.take(BRACKETS)):
        return {}
    told: dict[str, Any] = {}
    item: dict[str, Any] = {}
    named = [one for one in (*WHICH, *ITEM_FIELDS) if one.kind != "group"]
    labels = {str(one.label).lower(): one for one in named}
    for part in match["inner"].split(", "):
        name = next(
            (
                one
                for one in sorted(labels, key=len, reverse=True)
                if part.lower().startswith(f"{one} ")
            ),
            None,
        )
        if name is None:
            key, _space, value = part.partition(" ")
            told.setdefault("properties", {})[key] = _several(value)
            continue
        one, value = labels[name], part[len(name) :].strip()
        (item if one in ITEM_FIELDS else told)[one.name] = _read_as(one.kind, value)
    return {**told, **({"item": item} if item else {})}


def _read_as(kind: str, said: str) -> Any:
    if kind == "flag":
        return said == _("yes")
    if kind == "number" and MONEY.fullmatch(said):
        return as_number(said)
    return _several(said)


def _several(said: str) -> Any:
    parts = said.split(_(" or "))
    return parts if len(parts) > 1 else said


def _sum(rest: Rest, words: Vocabulary, *, is_spent: bool) -> dict[str, Any]:
    """Read ", money at least $50", or how much was spent."""
    found: dict[str, Any] = {}
    for key, label in SUMMED.items():
        text = _("%(verb)s, %(of)s %(bounds)s").replace("%(of)s", str(label))
        begins = re.escape(text.split("%(verb)s")[1].split("%(bounds)s")[0])
        if re.search(begins, rest.said):
            rest.take(re.compile(begins))
            found["of"] = key
    if not found and not is_spent:
        return {}
    found = {"of": "revenue"} | found
    for name, text in (("at_least", "at least %s"), ("at_most", "at most %s")):
        begins = re.escape(_(text).replace("%s", "").strip())
        pattern = re.compile(
            begins
            + r" ?[^\w\s]{0,2}(?:[A-Z]{1,3})?[^\w\s]{0,2} ?"
            + r"(?P<n>\d[\d,]{0,20}(?:\.\d{1,6})?) ?(?:元|块|dollars|euros|usd|eur)?",
            re.IGNORECASE,
        )
        if match := rest.take(pattern):
            found[name] = as_number(match["n"])
    for pattern, how, _more in words.times:
        if found.keys() & {"at_least", "at_most"}:
            break
        if (match := rest.take(pattern)) and match.groupdict().get("n"):
            bound = "at_least" if how != "most" else "at_most"
            found[bound] = words.number(match["n"])
    rest.take(re.compile(r"元|块钱?|dollars|euros"))
    return found if found.keys() & {"at_least", "at_most"} else {}


def _times(rest: Rest, words: Vocabulary) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pattern, how, more in words.times:
        match = rest.take(pattern)
        if not match:
            continue
        told = match.groupdict()
        n = (
            2
            if told.get("twice")
            else 1
            if told.get("once")
            else int(words.number(told["n"])) + more
        )
        if how in ("least", "exactly", "exactly_n"):
            found.setdefault("at_least", n)
        if how in ("most", "exactly"):
            found.setdefault("at_most", max(n, 0))
        unit = (told.get("unit") or told.get("on") or told.get("days") or "").lower()
        if unit.startswith(("order", "个订单", "单", "笔")):
            found["count"] = "orders"
        if unit.startswith(("day", "天")):
            found["count"] = "days"
    return found


def _items(
    rest: Rest, words: Vocabulary, known: Known, leaf: Mapping[str, Any]
) -> dict[str, Any]:
    """Read "from Coats", "brand Miller", or a word that the shop knows as one."""
    item = dict(leaf.get("item") or {})
    for match in filter(None, map(rest.take, OF_ITEMS[words.language])):
        name = match["name"].strip()
        source = "brand" if match["what"].lower() in ("brand", "品牌") else "category"
        if match["what"].lower() == "from":
            source, name = _meant(name, known) or (source, name)
        item[source] = known(source, name) or name
    for part in rest.words(words):
        if meant := _meant(part, known):
            item[meant[0]] = meant[1]
            rest.take(re.compile(re.escape(part)))
    return {"item": item} if item else {}


def _meant(name: str, known: Known) -> tuple[str, str] | None:
    for source in ("category", "brand"):
        if value := known(source, name):
            return source, value
    return None
