"""The form of a column mapping: each of our columns with the column of the file that
stands for it, or what every row says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from profiles.intake.column_mapping import suggestions
from profiles.intake.column_mapping.spec import ColumnMapping, LeftOut, plugin_of
from profiles.intake.files.source import NAMELESS
from profiles.intake.uploads import Start

from .field_words import HINTS, field_word

ALWAYS = "="  # chosen where every row says the same
BETWEEN = "\x1f"  # of columns of which the first that is filled counts
SHOWN = 3  # cells of a column
LONGEST = 28


@dataclass(frozen=True)
class Choice:
    """One column of the file that may be chosen, with some of its cells."""

    value: str
    label: str
    cells: str


@dataclass(frozen=True)
class Field:
    """One of our columns in the form."""

    name: str
    label: str
    hint: str
    is_needed: bool
    choices: list[Choice]
    chosen: str
    fixed: str
    error: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.chosen)

    @property
    def cells(self) -> str:
        return next((one.cells for one in self.choices if one.value == self.chosen), "")


@dataclass(frozen=True)
class Kept:
    """A column of the file that is none of ours, and whether it becomes an attribute."""

    name: str
    is_kept: bool
    cells: str


@dataclass(frozen=True)
class Rule:
    """A rule that came with a known export or a saved mapping."""

    key: str
    words: str


def fields(start: Start, mapping: ColumnMapping, at: str = "") -> list[Field]:
    """Return the form's fields: those that must be there first, then those that are
    mapped. ``at`` stands where a time is needed and the file names none.
    """
    plugin = plugin_of(mapping.kind)
    lacking = set(suggestions.missing(mapping))
    needed = {column.name for column in plugin.columns if column.is_required}
    needed |= lacking
    found = []
    for column in plugin.columns:
        file, fixed = mapping.columns.get(column.name), mapping.fixed.get(column.name)
        chosen = BETWEEN.join(file) if file else (ALWAYS if fixed is not None else "")
        error = _("Choose a column, or say what every row says.")
        found.append(
            Field(
                column.name,
                field_word(column.name),
                str(HINTS.get(column.name, "")),
                column.name in needed,
                _choices(start, file or ()),
                chosen,
                fixed or (at if column.name == "at" else ""),
                error if column.name in lacking else "",
            )
        )
    return sorted(found, key=lambda one: (not one.is_needed, not one.is_set))


def kept(start: Start, mapping: ColumnMapping) -> list[Kept]:
    """Return the columns of the file that are none of ours, where the kind keeps them."""
    if not plugin_of(mapping.kind).extra:
        return []
    others = [
        name
        for name in start.header
        if name not in mapping.read_columns and not name.startswith(NAMELESS)
    ]
    return [
        Kept(name, mapping.keep is None or name in mapping.keep, _cells(start, name))
        for name in others
    ]


def rules(mapping: ColumnMapping) -> list[Rule]:
    """Say the rules of a mapping in sentences."""
    found = [
        Rule(f"leave_{n}", _left_out(one)) for n, one in enumerate(mapping.leave_out)
    ]
    if mapping.carry:
        words = _("Rows of one “%(by)s” share what only the first of them says.")
        found.append(Rule("carry", words % {"by": mapping.carry.by}))
    return found


def typed(
    said: Mapping[str, Any], start: Start, before: ColumnMapping
) -> ColumnMapping:
    """Return the mapping that a form says; what the form has no field for stays as
    before. Raise `BadMapping`.
    """
    columns: dict[str, tuple[str, ...]] = {}
    fixed: dict[str, str] = {}
    for column in plugin_of(before.kind).columns:
        chosen = said.get(f"to_{column.name}", "")
        if chosen == ALWAYS:
            if value := said.get(f"fixed_{column.name}", "").strip():
                fixed[column.name] = value
        elif chosen:
            columns[column.name] = tuple(chosen.split(BETWEEN))
    names = set(_list(said, "keep"))
    keeps = bool(plugin_of(before.kind).extra)
    whole = replace(
        before,
        columns=columns,
        fixed=fixed,
        values={one: words for one, words in before.values.items() if one in columns},
        keep=tuple(one for one in start.header if one in names) if keeps else (),
        carry=before.carry if said.get("carry") else None,
        leave_out=tuple(
            one for n, one in enumerate(before.leave_out) if said.get(f"leave_{n}")
        ),
    )
    return ColumnMapping.read(whole.as_json())


def _list(said: Any, name: str) -> Sequence[str]:
    return said.getlist(name) if hasattr(said, "getlist") else said.get(name, [])


def _choices(start: Start, chosen: tuple[str, ...]) -> list[Choice]:
    found = [
        Choice(name, name, _cells(start, name))
        for name in start.header
        if not name.startswith(NAMELESS)
    ]
    if len(chosen) > 1:
        label = _(", else ").join(chosen)
        cells = next((cells for one in chosen if (cells := _cells(start, one))), "")
        found.insert(0, Choice(BETWEEN.join(chosen), label, cells))
    return found


def _cells(start: Start, name: str) -> str:
    """Return a few different cells of a column."""
    cells = dict.fromkeys(row.get(name, "").strip() for row in start.rows)
    shown = [
        cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…"
        for cell in cells
        if cell
    ]
    return " · ".join(shown[:SHOWN])


def _left_out(rule: LeftOut) -> str:
    if not rule.values:
        return _("Leave out rows in which “%(column)s” is filled.") % {
            "column": rule.column
        }
    return _("Leave out rows in which “%(column)s” is %(values)s.") % {
        "column": rule.column,
        "values": ", ".join(rule.values),
    }
