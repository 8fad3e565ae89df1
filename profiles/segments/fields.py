"""What a predicate can be told: fields that check their value and draw their own form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Words = str | Promise
LARGEST = 10**18  # of a number; no shop counts further


@dataclass(frozen=True)
class Field:
    """One field of a predicate; `clean` returns the value or raises `ValueError` with
    what it must be.
    """

    name: str
    label: Words = ""
    is_required: bool = False
    default: Any = None
    kind: str = "text"  # which input a form draws
    source: str = ""  # a member of the plug-ins ``segment_choices``: what the shop has
    is_usual: bool = False  # drawn in a new row though it may be left out

    def clean(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Word(Field):
    """Some words."""

    def clean(self, value: Any) -> str:
        if (
            not isinstance(value, str | int | float)
            or isinstance(value, bool)
            or not _is_text(str(value).strip())
        ):
            raise ValueError(_("must be words"))
        return str(value).strip()


@dataclass(frozen=True)
class Choice(Field):
    """One of some words."""

    options: Mapping[str, Words] = None  # type: ignore[assignment]
    kind: str = "choice"

    def clean(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(_("must be one of %s") % ", ".join(self.options))
        return str(value)


@dataclass(frozen=True)
class OneOrMore(Field):
    """A word, or a list of words of which one is enough."""

    kind: str = "words"

    def clean(self, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        if not values or any(
            isinstance(one, dict | list | bool) or one is None or not _is_text(str(one))
            for one in values
        ):
            raise ValueError(_("must be a word or a list of words"))
        return tuple(str(one) for one in values)


@dataclass(frozen=True)
class Whole(Field):
    """A whole number from ``least`` on."""

    least: int = 0
    kind: str = "whole"

    def clean(self, value: Any) -> int:
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or not self.least <= value <= LARGEST
        ):
            raise ValueError(_("must be a whole number from %s on") % self.least)
        return value


@dataclass(frozen=True)
class Days(Field):
    """A number of days, more than none."""

    kind: str = "days"

    def clean(self, value: Any) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value < 100_000
        ):
            raise ValueError(_("must be a number of days above 0"))
        return value


@dataclass(frozen=True)
class Number(Field):
    """A number."""

    kind: str = "number"

    def clean(self, value: Any) -> float:
        if not _is_number(value):
            raise ValueError(_("must be a number"))
        return value


@dataclass(frozen=True)
class Scalar(Field):
    """A number, a date or a word to compare with."""

    def clean(self, value: Any) -> float | str:
        if isinstance(value, date):
            return value.isoformat()
        if not (_is_text(value) if isinstance(value, str) else _is_number(value)):
            raise ValueError(_("must be a number or a word"))
        return value


@dataclass(frozen=True)
class Flag(Field):
    """Yes or no."""

    kind: str = "flag"

    def clean(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(_("must be true or false"))
        return value


@dataclass(frozen=True)
class Group(Field):
    """Fields of their own, as a mapping."""

    fields: tuple[Field, ...] = ()
    takes_others: bool = False  # unknown names are words to compare with
    kind: str = "group"

    def clean(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value:
            raise ValueError(
                _("must be a mapping with at least one of %s")
                % ", ".join(f.name for f in self.fields)
            )
        known = {field.name: field for field in self.fields}
        cleaned = {}
        for name, inner in value.items():
            if name not in known and not self.takes_others:
                raise ValueError(
                    _("has no field %(name)r; it has %(known)s")
                    % {
                        "name": name,
                        "known": ", ".join(known),
                    }
                )
            try:
                cleaned[str(name)] = known.get(name, OneOrMore(name)).clean(inner)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from error
        return cleaned


def _is_number(value: Any) -> bool:
    """Whether it is a number that every engine can compare with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST  # which NaN is not


def _is_text(value: str) -> bool:
    """Whether it is text that every engine can hold: some of it, no NUL, no half of a
    character.
    """
    return (
        value != ""
        and "\0" not in value
        and not any("\ud800" <= letter <= "\udfff" for letter in value)
    )
