"""One clause of a sentence as a condition: what was done how often and when, or what is
known of the customer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.models import Consent
from retention_site.lib import registry

from ..predicates.anniversary import DAYS
from ..predicates.compared import DISTANCES, MEASURED
from ..predicates.event_filter import ITEM_FIELDS, WHICH
from ..predicates.event_sum import SUMMED
from ..predicates.trait import ATTRIBUTES
from .vocabulary import Vocabulary, phrase

Known = Callable[[str, str], str | None]  # source, words → the value that is meant
TAKEN = "\x1f"
LEFT = re.compile(r"[^\W_]+(?:[ '’&/-][^\W_]+)*")
MONEY = re.compile(r"\d[\d,]{0,20}(?:\.\d{1,6})?")
SPENT = {
    "en": re.compile(r"(?<!\w)(?:spent|paid)(?!\w)", re.IGNORECASE),
    "zh": re.compile(r"(?:消费|花费|花了|支付)(?:了|过)?"),
}
OF_ITEMS = {
    "en": re.compile(
        r"(?<!\w)(?:from|of|in)?(?: the)? ?(?P<what>category|brand|from)(?: is)? (?P<name>[^\x1f,()]{1,80})",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?P<what>类别|品类|品牌)(?:为|是)? ?(?P<name>[^\x1f,，()（）]{1,40})"),
}
BRACKETS = re.compile(r"[(（](?P<inner>[^()（）]{1,300})[)）]")


@dataclass(frozen=True)
class Clause:
    """A condition, and what of the words stayed unread."""

    leaf: dict[str, Any] | None
    unread: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.leaf is not None and not self.unread


class _Rest:
    """What of a clause has not been read yet."""

    def __init__(self, said: str) -> None:
        self.said = said

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.search(self.said)
        if match and match.end() > match.start():
            self.said = f"{self.said[: match.start()]}{TAKEN}{self.said[match.end() :]}"
            return match
        return None

    def words(self, words: Vocabulary) -> list[str]:
        """Return the parts that mean something and were not read."""
        parts = (words.fillers.sub(TAKEN, self.said)).split(TAKEN)
        found = (" ".join(LEFT.findall(part)) for part in parts)
        return [one for one in found if one]


def read(said: str, verb: str, words: Vocabulary, known: Known) -> Clause:
    """Read one clause; ``verb`` is that of the clause before, for one that has none."""
    for reader in (_stated, _sequence, _compared, _trait):
        leaf = reader(said, words)
        if leaf is not None:
            return Clause(leaf)
    return _event(said, verb, words, known)


def verb_of(said: str, words: Vocabulary) -> str:
    """Return the type of event that a clause names; empty where it names none."""
    types = _verbs(_Rest(said), words)
    return types[0] if types else ""


def is_bare_verb(said: str, words: Vocabulary) -> bool:
    """Whether a piece is nothing but what was done, so that it goes on after an "or"."""
    rest = _Rest(said)
    return bool(_verbs(rest, words)) and not rest.words(words)


def goes_on(before: str, said: str, words: Vocabulary) -> bool:
    """Whether a piece goes on with the one before: a second bound, another value."""
    if verb_of(said, words) or words.negation.search(said) or _stated(said, words):
        return False
    if _trait(said, words) or said.lstrip()[:1] in ("(", "（"):
        return False
    if _trait(before, words) or phrase("score %(kind)s %(bounds)s", ()).fullmatch(before):
        return True
    rest = _Rest(said)
    if not verb_of(before, words):
        return False
    for pattern, _how, _more in words.times:
        if rest.take(pattern):
            return True
    return bool(_ago(rest, words))


# Facts that are said in one way ---------------------------------------------


def _stated(said: str, words: Vocabulary) -> dict[str, Any] | None:
    """Consent, a score, another segment, a day of the year."""
    statuses = {str(label).lower(): key for key, label in Consent.Status.choices}
    for pattern in (
        phrase("consent to %(channel)s about %(topic)s is %(status)s", ()),
        phrase("consent to %(channel)s is %(status)s", ()),
    ):
        if (match := pattern.fullmatch(said)) and match["status"].lower() in statuses:
            told = match.groupdict() | {"status": statuses[match["status"].lower()]}
            return {"is": "consent", **told}
    if match := phrase("is in the segment “%s”", ("name",)).fullmatch(said):
        return {"is": "in_segment", "name": match["name"]}
    if match := phrase("score %(kind)s %(bounds)s", ()).fullmatch(said):
        bounds = _bounds(match["bounds"])
        return {"is": "score", "kind": match["kind"], **bounds} if bounds else None
    days = {str(label).lower(): key for key, label in DAYS.items()}
    match = phrase("%s is today", ("day",)).fullmatch(said)
    if match and match["day"].lower() in days:
        return {"is": "anniversary", "of": days[match["day"].lower()], "within_days": 0}
    match = phrase("%(day)s is within the next %(days)s", ()).fullmatch(said)
    n = MONEY.search(match["days"]) if match else None
    if match and n and match["day"].lower() in days:
        of = days[match["day"].lower()]
        return {"is": "anniversary", "of": of, "within_days": int(_float(n.group()))}
    return None


def _bounds(said: str) -> dict[str, Any]:
    """Read "at least 3 and at most 5"."""
    found: dict[str, Any] = {}
    for part in said.split(_(" and ")):
        for name, words in (("at_least", "at least %s"), ("at_most", "at most %s")):
            match = phrase(words, ("n",)).fullmatch(part.strip())
            n = MONEY.search(match["n"]) if match else None
            if n:
                found[name] = _float(n.group())
    return found


def _float(said: str) -> float:
    n = float(said.replace(",", ""))
    return int(n) if n == int(n) else n


def _trait(said: str, words: Vocabulary) -> dict[str, Any] | None:
    """An attribute or a trait by its name, and what it is asked for."""
    plain = words.fillers.sub(" ", said[:30]) + said[30:] if words.language == "en" else said
    plain = " ".join(said.split()) if not plain.strip() else plain
    for name, key in _names():
        for text in (said, plain.strip()):
            if text.lower().startswith(name) and text[len(name) : len(name) + 1] in " ":
                tests = _tests(text[len(name) :].strip())
                if tests:
                    return {"is": "trait", "key": key, **tests}
    return None


def _names() -> list[tuple[str, str]]:
    named = {key.replace("_", " "): key for key in ATTRIBUTES}
    for key, kind in registry.everything("traits").items():
        named[str(getattr(kind, "title", key)).lower()] = key
    return sorted(named.items(), key=lambda one: -len(one[0]))


def _tests(said: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in said.split(_(" and ")):
        one = _test(part.strip())
        if not one:
            return {}
        found |= one
    return found


def _test(said: str) -> dict[str, Any]:
    for words, is_set in (("is not known", False), ("is known", True)):
        if said.lower() == _(words).lower():
            return {"is_set": is_set}
    for name, words in (
        ("at_least", "is at least %s"),
        ("at_most", "is at most %s"),
        ("above", "is above %s"),
        ("below", "is below %s"),
        ("contains", "contains %s"),
        ("in", "is %s"),
    ):
        match = phrase(words, ("value",)).fullmatch(said)
        if match:
            return {name: _value(name, match["value"].strip())}
    match = re.fullmatch(r"(>=|<=|>|<|≥|≤) ?(.{1,60})", said)
    signs = {">=": "at_least", "≥": "at_least", "<=": "at_most", "≤": "at_most"}
    if match:
        name = signs.get(match[1], "above" if match[1] == ">" else "below")
        return {name: _value(name, match[2])}
    return {}


def _value(name: str, said: str) -> Any:
    if name == "in":
        return said.split(_(" or ")) if _(" or ") in said else [said]
    return _float(said) if MONEY.fullmatch(said) and name != "contains" else said


# What was done ---------------------------------------------------------------


def _sequence(said: str, words: Vocabulary) -> dict[str, Any] | None:
    for text, happens in (
        ("%(first)s and then not, within %(days)s: %(then)s", False),
        ("%(first)s and then, within %(days)s, %(then)s", True),
    ):
        match = phrase(text, ()).fullmatch(said)
        n = MONEY.search(match["days"]) if match else None
        if not match or not n:
            continue
        sides = [_event(match[one], "", words, _nobody_knows) for one in ("first", "then")]
        if all(one.is_whole for one in sides):
            first, then = (_which(one.leaf or {}) for one in sides)
            told = {"is": "sequence", "first": first, "then": then}
            told["within_days"] = _float(n.group())
            return told if happens else {**told, "happens": False}
    return None


def _nobody_knows(_source: str, _words: str) -> None:
    return None


def _which(leaf: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in WHICH}
    return {name: value for name, value in leaf.items() if name in names}


def _compared(said: str, words: Vocabulary) -> dict[str, Any] | None:
    for key, label in DISTANCES.items():
        for of, name in MEASURED.items():
            text = _("%(verb)s, %(of)s %(bounds)s %(distance)s")
            text = text.replace("%(of)s", str(name)).replace("%(distance)s", str(label))
            match = phrase_of(text).match(said)
            bounds = _bounds(match["bounds"]) if match else {}
            if match and bounds:
                event = _event(
                    match["verb"] + said[match.end() :], "", words, _nobody_knows
                )
                if event.is_whole:
                    told = {"is": "compared", **_which(event.leaf or {})}
                    return {**told, "of": of, "distance": key, **bounds}
    return None


def phrase_of(text: str) -> re.Pattern[str]:
    """Turn words that are already in the reader's language into a pattern."""
    parts = re.split(r"%\((\w+)\)s", text)
    return re.compile(
        "".join(
            re.escape(part) if n % 2 == 0 else f"(?P<{part}>.{{1,80}}?)"
            for n, part in enumerate(parts)
        ),
        re.IGNORECASE,
    )


def _event(said: str, verb: str, words: Vocabulary, known: Known) -> Clause:
    rest = _Rest(said)
    spent = rest.take(SPENT[words.language])
    types = ["purchase"] if spent else _verbs(rest, words)
    is_inherited = not types and bool(verb)
    types = types or ([verb] if verb else [])
    if not types:
        return Clause(None, [said.strip()])
    leaf: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    ago = _ago(rest, words)
    is_not = bool(not ago and rest.take(words.negation))
    window = _window(rest, words)
    leaf |= {"within_days": window} if window else {}
    leaf |= _brackets(rest)
    sums = _sum(rest, words, is_spent=bool(spent))
    times = {} if sums else _times(rest, words)
    leaf |= _items(rest, words, known, leaf)
    unread = rest.words(words)
    if is_inherited and not (is_not or window or times):
        return Clause(None, [said.strip()])
    if ago:
        return Clause({"is": ago.pop("is"), **_without(leaf, "within_days"), **ago}, unread)
    if sums:
        return Clause({"is": "event_sum", **leaf, **sums}, unread)
    if is_not:
        times = {"at_most": times.get("at_least", 1) - 1} if times else {"at_most": 0}
    return Clause({"is": "event_count", **leaf, **(times or {"at_least": 1})}, unread)


def _without(leaf: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in leaf.items() if key != name}


def _verbs(rest: _Rest, words: Vocabulary) -> list[str]:
    edge = r"(?<!\w){}(?!\w)" if words.language == "en" else "{}"
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


def _window(rest: _Rest, words: Vocabulary) -> float | None:
    for pattern in words.spans:
        if match := rest.take(pattern):
            return words.days(match.groupdict().get("n"), match["span"].lower())
    return None


def _ago(rest: _Rest, words: Vocabulary) -> dict[str, Any]:
    """Read "for the last time more than 60 days ago"."""
    kinds = (("last_event", "for the last time"), ("first_event", "for the first time"))
    told: dict[str, Any] = {}
    for key, text in kinds:
        if rest.take(re.compile(re.escape(_(text)), re.IGNORECASE)):
            told["is"] = key
    for name, text in (("more_than_days_ago", "more than %s"), ("at_most_days_ago", "at most %s")):
        inner = ngettext("%s day ago", "%s days ago", 2)
        one = ngettext("%s day ago", "%s days ago", 1)
        for days in (inner, one):
            whole = _(text).replace("%s", days).replace("%s", "%(n)s")
            pattern = phrase_of(whole).pattern.replace(".{1,80}?", r"[\d.]{1,12}")
            if match := rest.take(re.compile(pattern, re.IGNORECASE)):
                told[name] = _float(match["n"])
    if not told.keys() & {"more_than_days_ago", "at_most_days_ago"}:
        return {}
    return {"is": "last_event", **told}


def _brackets(rest: _Rest) -> dict[str, Any]:
    """Read "(category Coats or Hats, price from 20)"."""
    if not (match := rest.take(BRACKETS)):
        return {}
    told: dict[str, Any] = {}
    item: dict[str, Any] = {}
    labels = {str(one.label).lower(): one for one in (*ITEM_FIELDS, *WHICH)}
    for part in match["inner"].split(", "):
        name = next(
            (one for one in sorted(labels, key=len, reverse=True) if part.lower().startswith(f"{one} ")),
            None,
        )
        if name is None:
            key, _space, value = part.partition(" ")
            told.setdefault("properties", {})[key] = _several(value)
            continue
        one, value = labels[name], part[len(name) :].strip()
        of_item = one in ITEM_FIELDS
        (item if of_item else told)[one.name] = _read_as(one.kind, value)
    return {**told, **({"item": item} if item else {})}


def _read_as(kind: str, said: str) -> Any:
    if kind == "flag":
        return said == _("yes")
    if kind == "number" and MONEY.fullmatch(said):
        return _float(said)
    return _several(said)


def _several(said: str) -> Any:
    parts = said.split(_(" or "))
    return parts if len(parts) > 1 else said


def _sum(rest: _Rest, words: Vocabulary, *, is_spent: bool) -> dict[str, Any]:
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
            begins + r" ?[^\w\s]{0,2}(?:[A-Z]{1,3})?[^\w\s]{0,2} ?(?P<n>\d[\d,]{0,20}(?:\.\d{1,6})?) ?(?:元|块|dollars|euros|usd|eur)?",
            re.IGNORECASE,
        )
        if match := rest.take(pattern):
            found[name] = _float(match["n"])
    for pattern, how, more in words.times:
        if found.keys() & {"at_least", "at_most"}:
            break
        if (match := rest.take(pattern)) and match.groupdict().get("n"):
            bound = "at_least" if how != "most" else "at_most"
            found[bound] = words.number(match["n"])
    rest.take(re.compile(r"元|块钱?|dollars|euros"))
    return found if found.keys() & {"at_least", "at_most"} else {}


def _times(rest: _Rest, words: Vocabulary) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pattern, how, more in words.times:
        match = rest.take(pattern)
        if not match:
            continue
        told = match.groupdict()
        n = 2 if told.get("twice") else 1 if told.get("once") else int(words.number(told["n"])) + more
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
    rest: _Rest, words: Vocabulary, known: Known, leaf: Mapping[str, Any]
) -> dict[str, Any]:
    """Read "from Coats", "brand Miller", or a word that the shop knows as one."""
    item = dict(leaf.get("item") or {})
    while match := rest.take(OF_ITEMS[words.language]):
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
