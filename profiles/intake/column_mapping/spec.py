"""A column mapping: which column of a file is which of ours. One document for the admin,
the command and what is saved by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.kinds.base import ImportKind
from retention_site.lib import registry

MOST_COLUMNS = 1_000
LONGEST = 500  # characters of a column's name or of a fixed value
KEYS = ("kind", "columns", "fixed", "values", "keep", "carry", "leave_out")


class BadMapping(UnreadableFile):
    """A mapping that means nothing; says why in one sentence."""


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not taken in: those whose ``column`` says one of ``values``, or
    anything at all where there are none.
    """

    column: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """Columns that a file fills in the first of several rows of one thing only: below
    it they mean the same, as long as ``by`` does.
    """

    by: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ColumnMapping:
    """How the rows of a file become rows of ``kind``.

    ``columns`` names for each of our columns those of the file, of which the first that is
    filled counts; ``fixed`` what every row says; ``values`` other words for cells; ``keep`` the columns that
    become attributes under their own name, None for all that are left.
    """

    kind: str
    columns: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keep: tuple[str, ...] | None = None
    carry: Carried | None = None
    leave_out: tuple[LeftOut, ...] = ()

    @classmethod
    def read(cls, said: Any) -> ColumnMapping:
        """Return the mapping that a JSON document says; raise `BadMapping`."""
        whole = _object(said, "A mapping")
        if unknown := sorted(set(whole) - set(KEYS)):
            raise BadMapping(
                f"A mapping has no {unknown[0]!r}; it has {', '.join(KEYS)}."
            )
        kind = _word(whole.get("kind"), "kind")
        ours = columns_of(kind)
        columns = {
            name: _words(file, f"columns.{name}")
            for name, file in _object(whole.get("columns", {}), "columns").items()
        }
        fixed = {
            name: _word(value, f"fixed.{name}")
            for name, value in _object(whole.get("fixed", {}), "fixed").items()
        }
        for name in (*columns, *fixed):
            if name not in ours:
                raise BadMapping(
                    f"{kind} have no column {name!r}; they have {', '.join(ours)}."
                )
        if twice := sorted(set(columns) & set(fixed)):
            raise BadMapping(f"{twice[0]!r} stands under columns and under fixed.")
        values = {
            name: {
                old: _word(new, f"values.{name}", may_be_empty=True)
                for old, new in _object(words, f"values.{name}").items()
            }
            for name, words in _object(whole.get("values", {}), "values").items()
        }
        if strange := sorted(set(values) - set(columns)):
            raise BadMapping(f"values.{strange[0]} is of a column that isn't mapped.")
        keep = whole.get("keep")
        return cls(
            kind,
            columns,
            fixed,
            values,
            None if keep is None else _words(keep, "keep", may_be_none=True),
            _carried(whole.get("carry")),
            tuple(_left_out(one) for one in _list(whole.get("leave_out", []))),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the mapping as the document that `read` reads."""
        whole: dict[str, Any] = {
            "kind": self.kind,
            "columns": {
                name: file[0] if len(file) == 1 else list(file)
                for name, file in self.columns.items()
            },
        }
        if self.fixed:
            whole["fixed"] = dict(self.fixed)
        if self.values:
            whole["values"] = {name: dict(words) for name, words in self.values.items()}
        if self.keep is not None:
            whole["keep"] = list(self.keep)
        if self.carry:
            whole["carry"] = {"by": self.carry.by, "columns": list(self.carry.columns)}
        if self.leave_out:
            whole["leave_out"] = [
                {"column": one.column}
                | ({"is": list(one.values)} if one.values else {})
                for one in self.leave_out
            ]
        return whole

    def fitting(self, header: Sequence[str]) -> ColumnMapping:
        """Return the mapping as far as a file has its columns: exports of one program
        differ by a column or two.
        """
        there = set(header)
        columns = {
            name: tuple(one for one in file if one in there)
            for name, file in self.columns.items()
        }
        columns = {name: file for name, file in columns.items() if file}
        carry = self.carry
        if carry:
            kept = tuple(one for one in carry.columns if one in there)
            carry = Carried(carry.by, kept) if carry.by in there and kept else None
        keep = self.keep
        return replace(
            self,
            columns=columns,
            values={one: words for one, words in self.values.items() if one in columns},
            keep=None if keep is None else tuple(one for one in keep if one in there),
            carry=carry,
            leave_out=tuple(one for one in self.leave_out if one.column in there),
        )

    @property
    def read_columns(self) -> set[str]:
        """Return the columns of the file that become columns of ours."""
        return {one for file in self.columns.values() for one in file}


def plugin_of(kind: str) -> type[ImportKind]:
    """Return what a kind of file brings; raise `BadMapping` for an unknown one."""
    if kind not in registry.keys("imports"):
        kinds = ", ".join(registry.keys("imports"))
        raise BadMapping(f"There is no kind {kind!r}; the kinds are {kinds}.")
    return registry.load("imports", kind)


def columns_of(kind: str) -> list[str]:
    """Return the names of our columns of a kind."""
    return [column.name for column in plugin_of(kind).columns]


def _object(said: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(said, dict) or len(said) > MOST_COLUMNS:
        raise BadMapping(f"{name} must be an object of at most {MOST_COLUMNS} names.")
    return said


def _list(said: Any) -> list[Any]:
    if not isinstance(said, list) or len(said) > MOST_COLUMNS:
        raise BadMapping(f"leave_out must be a list of at most {MOST_COLUMNS} rules.")
    return said


def _word(said: Any, name: str, *, may_be_empty: bool = False) -> str:
    if not isinstance(said, str) or len(said) > LONGEST or "\0" in said:
        raise BadMapping(f"{name} must be a text of at most {LONGEST} characters.")
    if not said.strip() and not may_be_empty:
        raise BadMapping(f"{name} is empty.")
    return said


def _words(said: Any, name: str, *, may_be_none: bool = False) -> tuple[str, ...]:
    words = [said] if isinstance(said, str) else said
    if not isinstance(words, list) or not (words or may_be_none):
        raise BadMapping(f"{name} must name a column or a list of them.")
    return tuple(_word(one, name) for one in words)


def _carried(said: Any) -> Carried | None:
    if said is None:
        return None
    whole = _object(said, "carry")
    return Carried(
        _word(whole.get("by"), "carry.by"),
        _words(whole.get("columns"), "carry.columns"),
    )


def _left_out(said: Any) -> LeftOut:
    whole = _object(said, "leave_out")
    values = whole.get("is", [])
    return LeftOut(
        _word(whole.get("column"), "leave_out.column"),
        _words(values, "leave_out.is", may_be_none=True),
    )
