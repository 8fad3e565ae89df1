"""A rule: predicates joined by all, any and none, read from JSON or YAML."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _

from retention_site.lib import registry

from .predicates import Predicate
from .predicates.in_segment import InSegment

GROUPS = ("all", "any", "none")
DEEPEST = 20
MOST_CONDITIONS = 300  # of a rule with the segments that it names; SQL grows with each
# name of a segment → its rule; raises LookupError
Finder = Callable[[str], Mapping[str, Any]]


class BadRule(ValueError):
    """The rule can't be read: one sentence that names the leaf.

    ``place`` and ``field`` say where, ``said`` is the sentence for whoever looks at that
    place already.
    """

    def __init__(
        self, words: str, *, place: str = "", field: str = "", said: str = ""
    ) -> None:
        super().__init__(words)
        self.place, self.field, self.said = place, field, said or words


class Node(ABC):
    """A rule, or a part of one."""

    @abstractmethod
    def holds(self) -> ir.BooleanValue:
        """Return the answer as an expression over the customers, never NULL."""

    @abstractmethod
    def describe(self) -> str:
        """Say the rule in words."""

    @abstractmethod
    def leaves(self) -> Iterator[Leaf]:
        """Yield the predicates, in the order in which they stand."""


@dataclass(frozen=True)
class Leaf(Node):
    """One predicate and where it stands, as ``all[0].none[1]``."""

    key: str
    place: str
    predicate: Predicate

    def holds(self) -> ir.BooleanValue:
        return self.predicate.holds()

    def describe(self) -> str:
        return self.predicate.describe()

    def leaves(self) -> Iterator[Leaf]:
        yield self


@dataclass(frozen=True)
class Group(Node):
    """All, any or none of some rules. An empty ``all`` or ``none`` is everybody, an
    empty ``any`` nobody.
    """

    word: str
    nodes: tuple[Node, ...]

    def holds(self) -> ir.BooleanValue:
        answers = [node.holds() for node in self.nodes]
        if self.word == "all":
            return ibis.and_(*answers)
        return ibis.or_(*answers) if self.word == "any" else ~ibis.or_(*answers)

    def describe(self) -> str:
        if not self.nodes:
            return _("nobody") if self.word == "any" else _("everybody")
        parts = [
            node.describe() if isinstance(node, Leaf) else f"({node.describe()})"
            for node in self.nodes
        ]
        if self.word == "all":
            return _(" and ").join(parts)
        joined = _(" or ").join(parts)
        return joined if self.word == "any" else _("not: %s") % joined

    def leaves(self) -> Iterator[Leaf]:
        for node in self.nodes:
            yield from node.leaves()


def parse(
    rule: Any, find: Finder | None = None, *, place: str = "", depth: int = 0
) -> Node:
    """Read a rule; ``find`` gives the rules of other segments. Raise `BadRule`."""
    if depth == 0 and not place:
        check_size(rule)
    where = place or _("the rule")
    if not isinstance(rule, Mapping):
        raise BadRule(
            _("%s must be a mapping with all, any, none or is.") % where, place=place
        )
    if depth > DEEPEST:
        raise BadRule(
            _("%s is nested too deeply, or segments name each other in a circle.")
            % where,
            place=place,
        )
    words = [word for word in GROUPS if word in rule]
    if not words:
        return _leaf(rule, find, place or "is", depth)
    said = {"where": where, "word": words[0]}
    if len(rule) > 1:
        raise BadRule(_("%(where)s must have %(word)s alone.") % said, place=place)
    nodes = rule[words[0]]
    if not isinstance(nodes, list | tuple):
        raise BadRule(
            _("%(where)s: %(word)s must be a list of rules.") % said, place=place
        )
    prefix = f"{place}." if place else ""
    parsed = (
        parse(node, find, place=f"{prefix}{words[0]}[{n}]", depth=depth + 1)
        for n, node in enumerate(nodes)
    )
    return Group(words[0], tuple(parsed))


def check_size(rule: Any) -> None:
    """Refuse a rule that is too deep or too long to be run, without recursion. Raise
    `BadRule`.
    """
    waiting, n = [(rule, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        inner = [
            one
            for word in GROUPS
            if isinstance(node, Mapping) and isinstance(node.get(word), list | tuple)
            for one in node[word]
        ]
        n += not inner
        if n + len(waiting) > 2 * MOST_CONDITIONS or n > MOST_CONDITIONS:
            raise BadRule(
                _("The rule has more than %s conditions; name a part as a segment.")
                % MOST_CONDITIONS
            )
        if depth > DEEPEST:
            raise BadRule(
                _("%s is nested too deeply, or segments name each other in a circle.")
                % _("the rule")
            )
        waiting.extend((one, depth + 1) for one in inner[: 2 * MOST_CONDITIONS + 1])


def written(rule: Any) -> Any:
    """Return a rule as JSON can keep it: times and days in ISO 8601. Raise `BadRule`."""
    try:
        said = json.dumps(rule, default=_as_text, allow_nan=False, ensure_ascii=False)
        said.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRule(
            _("The rule can't be written down: %s.") % str(error)[:200]
        ) from error
    if "\\u0000" in said:
        raise BadRule(_("The rule can't be written down: %s.") % "NUL")
    return json.loads(said)


def _as_text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is no word, number or list")


def _leaf(rule: Mapping[str, Any], find: Finder | None, place: str, depth: int) -> Leaf:
    key = rule.get("is")
    if not isinstance(key, str) or key not in registry.keys("predicates"):
        known = ", ".join(
            (*GROUPS, *(f"is: {one}" for one in registry.keys("predicates")))
        )
        said = (
            _("has no “is”") if key is None else _("there is no predicate %r") % (key,)
        ) + _meant(key or "", registry.keys("predicates"))
        raise BadRule(
            _("%(place)s: %(said)s; a rule has %(known)s.")
            % {
                "place": place,
                "said": said,
                "known": known,
            },
            place=place,
            said=said,
        )
    predicate = _predicate(registry.load("predicates", key), rule, place)
    if isinstance(predicate, InSegment):
        predicate.rule = _other(predicate.name, find, place, depth)
    return Leaf(key, place, predicate)


def _predicate(kind: type[Predicate], rule: Mapping[str, Any], place: str) -> Predicate:
    fields = {field.name: field for field in kind.fields}
    values = {name: value for name, value in rule.items() if name != "is"}
    said = {"where": f"{place} {rule['is']}", "known": ", ".join(fields)}
    unknown = sorted(str(name) for name in values if name not in fields)
    if unknown:
        raise BadRule(
            _("%(where)s has no field %(name)s; it has %(known)s.")
            % {**said, "name": unknown[0] + _meant(unknown[0], fields)},
            place=place,
            field=unknown[0],
        )
    for field in kind.fields:
        if field.is_required and values.get(field.name) is None:
            raise BadRule(
                _("%(where)s needs the field %(name)s.") % {**said, "name": field.name},
                place=place,
                field=field.name,
                said=_("“%s” is needed.") % field.label,
            )
    cleaned = {
        name: _cleaned(fields[name], value, place, said["where"])
        for name, value in values.items()
        if value is not None
    }
    predicate = kind(**cleaned)
    try:
        predicate.check()
    except ValueError as error:
        raise BadRule(
            f"{said['where']}: {error}.", place=place, said=_by_label(error, kind)
        ) from error
    return predicate


def _meant(said: Any, known: Iterable[str]) -> str:
    near = get_close_matches(str(said).lower(), list(known), n=1)
    return _(" (did you mean %s?)") % near[0] if near else ""


def _by_label(error: ValueError, kind: type[Predicate]) -> str:
    """Say what does not fit together by the labels of the fields, not by their names."""
    words = str(error)
    for field in sorted(kind.fields, key=lambda one: -len(one.name)):
        if "_" in field.name:
            words = words.replace(field.name, f"“{field.label}”")
    return f"{words}."


def _cleaned(field: Any, value: Any, place: str, where: str) -> Any:
    try:
        return field.clean(value)
    except ValueError as error:
        raise BadRule(
            f"{where}: {field.name} {error}, not {value!r}.",
            place=place,
            field=field.name,
            said=_("“%(label)s” %(error)s.") % {"label": field.label, "error": error},
        ) from error


def _other(name: str, find: Finder | None, place: str, depth: int) -> Node:
    try:
        rule = find(name) if find else None
    except LookupError:
        rule = None
    if rule is None:
        said = _("there is no segment %(name)r.") % {"name": name}
        raise BadRule(f"{place}: {said}", place=place, field="name", said=said)
    return parse(rule, find, place=place, depth=depth + 1)
