"""A rule as rows of a form, drawn from the fields that predicates declare. Nothing that
stands in the rule is lost: what no form can draw is kept as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from retention_site.lib import registry

from ..fields import Choice, Field, Group, Scalar
from .choices import label
from .problems import Problem, group_word


@dataclass(frozen=True)
class FieldInput:
    """One input: its label, how it is drawn, what it holds."""

    name: str
    label: str
    kind: str
    value: Any = None
    default: Any = None
    is_shown: bool = True
    is_required: bool = False
    source: str = ""
    options: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    inputs: tuple[FieldInput, ...] = ()  # of a group
    takes_others: bool = False

    @property
    def chosen(self) -> Any:
        """The option that holds: what is left out has the field's default."""
        return self.default if self.value is None else self.value

    @property
    def text(self) -> str:
        """The value as an input shows it."""
        if self.value is None:
            return ""
        if isinstance(self.value, float):
            return f"{self.value:.15g}"
        return str(self.value)

    @property
    def words(self) -> list[str]:
        """The values of an input that takes several."""
        if self.value is None:
            return []
        many = isinstance(self.value, list | tuple)
        return [str(one) for one in (self.value if many else [self.value])]

    @property
    def named(self) -> list[tuple[str, str]]:
        """The values of an input that takes several, each with what it is called."""
        return [(one, label(self.source, one)) for one in self.words]

    @property
    def label_of_value(self) -> str:
        return label(self.source, self.text) if self.text else ""

    @property
    def hidden(self) -> list[FieldInput]:
        return [one for one in self.inputs if not one.is_shown]


@dataclass(frozen=True)
class Row:
    """A group, a condition, or a part that no form can draw (``written``)."""

    path: str
    word: str = ""  # of a group
    key: str = ""  # of a condition
    title: str = ""
    rows: tuple[Row, ...] = ()
    inputs: tuple[FieldInput, ...] = ()
    node: Any = None
    written: str = ""
    problems: tuple[str, ...] = field(default=())

    @property
    def hidden(self) -> list[FieldInput]:
        return [one for one in self.inputs if not one.is_shown]


def whole(rule: Any) -> dict[str, Any]:
    """Return a rule whose outermost part is a group, as a form draws it."""
    return rule if group_word(rule) else {"all": [rule]}


def rows(rule: Any, found: Sequence[Problem] = ()) -> Row:
    """Draw a rule that begins with a group."""
    return _row(rule, "", found, 0)


def kinds() -> list[tuple[str, str, dict[str, Any]]]:
    """Return the predicates that one can add: key, title, and what a new row holds."""
    seen: dict[Any, tuple[str, str, dict[str, Any]]] = {}
    for key, kind in registry.everything("predicates").items():
        starts = {"is": key, **kind.starts_with}
        seen.setdefault(kind, (key, capfirst(str(kind.title)), starts))
    return list(seen.values())


def as_yaml(document: Any) -> str:
    """Write a document as YAML, in the order in which it stands."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=88)


def _row(node: Any, path: str, found: Sequence[Problem], depth: int) -> Row:
    here = tuple(one.words for one in found if one.path == path and not one.field)
    word = group_word(node)
    if word is not None:
        inside = tuple(
            _row(inner, f"{path}.{n}" if path else str(n), found, depth + 1)
            for n, inner in enumerate(node[word])
        )
        return Row(path, word=word, rows=inside, problems=here)
    key = node.get("is") if isinstance(node, dict) else None
    if not isinstance(key, str) or key not in registry.keys("predicates"):
        return Row(path, node=node, written=as_yaml(node), problems=here)
    kind = registry.load("predicates", key)
    inputs = _inputs(kind.fields, {k: v for k, v in node.items() if k != "is"})
    named = {one.name for one in inputs}
    if not all(_can_draw(one) for one in inputs) or set(node) - {"is"} - named:
        said = tuple(one.words for one in found if one.path == path)
        return Row(path, node=node, written=as_yaml(node), problems=said)
    said_of = {one.field: one.words for one in found if one.path == path}
    marked = tuple(_marked(one, said_of.get(one.name, "")) for one in inputs)
    return Row(
        path, key=key, title=capfirst(str(kind.title)), inputs=marked, problems=here
    )


def _inputs(
    fields: Sequence[Field], values: Mapping[str, Any]
) -> tuple[FieldInput, ...]:
    return tuple(_input(one, values.get(one.name)) for one in fields)


def _input(one: Field, value: Any) -> FieldInput:
    inner = tuple(getattr(one, "fields", ()))
    of_group: dict[str, Any] = {}
    if isinstance(one, Group):
        told = value if isinstance(value, dict) else {}
        known = {each.name for each in inner}
        others = tuple(
            FieldInput(str(name), str(name), "other", wanted)
            for name, wanted in told.items()
            if name not in known
        )
        of_group = {
            "inputs": _inputs(inner, told) + others,
            "takes_others": one.takes_others,
        }
    options = (
        tuple((key, str(label)) for key, label in one.options.items())
        if isinstance(one, Choice)
        else ()
    )
    return FieldInput(
        name=one.name,
        label=capfirst(str(one.label or one.name)),
        kind="scalar" if isinstance(one, Scalar) else one.kind,
        value=value,
        default=one.default,
        is_shown=one.is_required or one.is_usual or value is not None,
        is_required=one.is_required,
        source=one.source,
        options=options,
        **of_group,
    )


def _can_draw(one: FieldInput) -> bool:
    """Whether an input shows its value wholly: a mapping needs a group, a list words."""
    value = one.value
    if one.kind == "group":
        shaped = value is None or isinstance(value, dict)
        return shaped and all(_can_draw(inner) for inner in one.inputs)
    if isinstance(value, dict):
        return False
    if isinstance(value, list | tuple):
        plain = all(isinstance(each, str | int | float) for each in value)
        return one.kind in ("words", "other") and plain
    return one.kind != "flag" or value is None or isinstance(value, bool)


def _marked(one: FieldInput, problem: str) -> FieldInput:
    if not problem:
        return one
    return FieldInput(**{**vars(one), "problem": problem, "is_shown": True})


def group_words() -> dict[str, str]:
    """Return the words of the three groups."""
    return {
        "all": _("All of these"),
        "any": _("At least one of these"),
        "none": _("None of these"),
    }
