"""Clauses about what is known of a customer: consent, a score, another segment, a day of the
year, an attribute or a trait.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from profiles.models import Consent
from retention_site.lib import registry

from ..predicates.anniversary import DAYS
from ..predicates.trait import ATTRIBUTES
from .clause import MONEY, Known, as_number, bounds_of
from .vocabulary import Vocabulary, phrase


def stated(said: str, words: Vocabulary) -> dict[str, Any] | None:
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
        bounds = bounds_of(match["bounds"])
        return {"is": "score", "kind": match["kind"], **bounds} if bounds else None
    days = {str(label).lower(): key for key, label in DAYS.items()}
    match = phrase("%s is today", ("day",)).fullmatch(said)
    if match and match["day"].lower() in days:
        return {"is": "anniversary", "of": days[match["day"].lower()], "within_days": 0}
    match = phrase("%(day)s is within the next %(days)s", ()).fullmatch(said)
    n = MONEY.search(match["days"]) if match else None
    if match and n and match["day"].lower() in days:
        of = days[match["day"].lower()]
        return {"is": "anniversary", "of": of, "within_days": int(as_number(n.group()))}
    return None


def trait(
    said: str, words: Vocabulary, known: Known | None = None
) -> dict[str, Any] | None:
    """An attribute or a trait by its name, and what it is asked for."""
    plain = (
        words.fillers.sub(" ", said[:30]) + said[30:]
        if words.language == "en"
        else said
    )
    plain = " ".join(said.split()) if not plain.strip() else plain
    for name, key in _names():
        for text in (said, plain.strip()):
            if text.lower().startswith(name) and text[len(name) : len(name) + 1] in " ":
                tests = tests_of(text[len(name) :].strip())
                if tests:
                    return {"is": "trait", "key": key, **tests}
    named, _space, rest = said.strip().partition(" ")
    meant = known("trait", named) if known and rest else None
    tests = tests_of(rest) if meant else {}
    return {"is": "trait", "key": meant, **tests} if tests else None


def _names() -> list[tuple[str, str]]:
    named = {key.replace("_", " "): key for key in ATTRIBUTES}
    for key, kind in registry.everything("traits").items():
        named[str(getattr(kind, "title", key)).lower()] = key
    return sorted(named.items(), key=lambda one: -len(one[0]))


def tests_of(said: str) -> dict[str, Any]:
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
    return as_number(said) if MONEY.fullmatch(said) and name != "contains" else said
