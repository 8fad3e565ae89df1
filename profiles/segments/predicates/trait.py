"""What is known about the customer: an attribute, a trait that came with a file, or one
of the portrait.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, cast

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.history.functions import json_text, path_to
from profiles.intake.iso_times import parsed
from profiles.intake.normalisation.languages import variants
from profiles.intake.normalisation.stored import READERS
from retention_site.lib import registry
from retention_site.lib.clock import shop_zone

from .. import table_schemas
from ..fields import Field, Flag, OneOrMore, Scalar, Word
from .contract import Predicate, among, surely

ATTRIBUTES = tuple(
    name
    for name in table_schemas.customers.columns
    if name not in ("customer", "traits")
)
COMPARES = ("equals", "at_least", "at_most", "above", "below")
TESTS = ("equals", "in", "contains", "at_least", "at_most", "above", "below", "is_set")


class Trait(Predicate):
    """An attribute or trait has one of some values, or lies within bounds. Who has none
    does not fit.
    """

    title = gettext_lazy("attribute or trait")
    fields: ClassVar[tuple[Field, ...]] = (
        Word("key", gettext_lazy("which"), is_required=True, source="trait"),
        OneOrMore("in", gettext_lazy("is one of"), source="trait_value", is_usual=True),
        Scalar("equals", gettext_lazy("is"), source="trait_value"),
        Word("contains", gettext_lazy("contains")),
        Scalar("at_least", gettext_lazy("at least")),
        Scalar("at_most", gettext_lazy("at most")),
        Scalar("above", gettext_lazy("above")),
        Scalar("below", gettext_lazy("below")),
        Flag("is_set", gettext_lazy("is known")),
    )
    examples: ClassVar = (
        {"key": "region", "in": ["east", "north"]},
        {"key": "tier", "equals": "gold"},
        {"key": "birth_date", "below": "1980-01-01"},
        {"key": "visits", "at_least": 3},
        {"key": "email", "is_set": False},
        {"key": "recency_days", "above": 30},
    )

    def check(self) -> None:
        if all(self.values[name] is None for name in TESTS):
            raise ValueError(_("needs one of %s") % ", ".join(TESTS))
        if (
            self.key in ATTRIBUTES
            and table_schemas.customers[self.key].type().is_temporal()
        ):
            for name in COMPARES:
                if self.values[name] is not None:
                    _moment(self.values[name])

    @property
    def is_portrayed(self) -> bool:
        """Whether the trait is computed from the facts."""
        return self.key not in ATTRIBUTES and self.key in registry.keys("traits")

    def holds(self) -> ir.BooleanValue:
        if self.key in ATTRIBUTES:
            return surely(self._fits(_stated(self.key)))
        if self.values["is_set"] is False:
            return ~self._has(lambda said: said.notnull())
        return self._has(self._fits)

    def _has(self, fits: Callable[[ir.Value], ir.BooleanValue]) -> ir.BooleanValue:
        """Whether the portrait's trait fits, or the one that came with a file where
        nothing computes it.
        """
        portraits = table_schemas.portraits
        drawn = among(portraits.filter(surely(fits(_drawn(self.key)))))
        return drawn if self.is_portrayed else drawn | surely(fits(_stated(self.key)))

    def value(self) -> ir.Table:
        drawn = table_schemas.portraits.select("customer", value=_drawn(self.key))
        if self.is_portrayed:
            return drawn
        stated = table_schemas.customers.select(
            "customer", value=_stated(self.key).cast("string")
        )
        return (
            stated
            if self.key in ATTRIBUTES
            else stated.union(drawn).filter(lambda t: t.value.notnull())
        )

    def describe(self) -> str:
        words = {
            "equals": _("is %s"),
            "in": _("is %s"),
            "contains": _("contains %s"),
            "at_least": _("is at least %s"),
            "at_most": _("is at most %s"),
            "above": _("is above %s"),
            "below": _("is below %s"),
        }
        parts = [
            words[name] % _said(self.values[name])
            for name in words
            if self.values[name] is not None
        ]
        known = {True: [_("is known")], False: [_("is not known")], None: []}[
            self.values["is_set"]
        ]
        return f"{self._name()} {_(' and ').join(parts + known)}"

    def _usual(self, test: str) -> Any:
        """The value that is asked for as customers have it: DE, where the rule says
        Germany.
        """
        wanted, reader = self.values[test], READERS.get(self.key)
        if reader is None or test not in ("equals", "in"):
            return wanted
        if isinstance(wanted, tuple):
            return tuple(dict.fromkeys(reader(str(one)) or one for one in wanted))
        return reader(str(wanted)) or wanted

    def _name(self) -> str:
        if self.is_portrayed:
            return str(
                getattr(registry.load("traits", self.key), "title", self.key)
            ).lower()
        return self.key.replace("_", " ")

    def _fits(self, said: ir.Value) -> ir.BooleanValue:
        given = {
            name: self._usual(name) for name in TESTS if self.values[name] is not None
        }
        return cast(
            ir.BooleanValue,
            ibis.and_(
                *(self._test(name, said, wanted) for name, wanted in given.items())
            ),
        )

    def _test(self, name: str, said: ir.Value, wanted: Any) -> ir.BooleanValue:
        fits = _TESTS[name](said, wanted)
        if self.key != "language" or name not in ("equals", "in"):
            return cast(ir.BooleanValue, fits)
        tags = wanted if isinstance(wanted, tuple) else (str(wanted),)
        return cast(ir.BooleanValue, fits | said.re_search(variants(tags)))


def _drawn(key: str) -> ir.StringValue:
    """A trait of the portrait: computed, or handed in by whoever reads texts and forms
    groups.
    """
    return json_text(table_schemas.portraits.traits, path_to(key, "value"))


def _stated(key: str) -> ir.Value:
    """An attribute of the customer, empty read as unknown, or a trait that came with a
    file.
    """
    customers = table_schemas.customers
    if key not in ATTRIBUTES:
        return json_text(customers.traits, path_to(key))
    column = customers[key]
    return column.nullif("") if column.type().is_string() else column


def _compared(said: ir.Value, wanted: float | str) -> tuple[ir.Value, Any]:
    """Both sides as numbers when a number is asked for, as times or dates when it is
    one, else as words.
    """
    if said.type().is_temporal():
        at = _moment(wanted)
        return said, ibis.literal(
            (at.date() if said.type().is_date() else at).isoformat()
        ).cast(said.type())
    if isinstance(wanted, str):
        return said, wanted
    return said.try_cast("float64"), float(wanted)


def _moment(wanted: float | str) -> datetime:
    """A day or a time that dates are compared with; without a zone it is the shop's."""
    try:
        at = parsed(str(wanted))
    except ValueError:
        raise ValueError(_("%r is not a date such as 2024-05-01") % (wanted,)) from None
    return at if at.tzinfo else at.replace(tzinfo=shop_zone())


def _is(said: ir.Value, wanted: float | str) -> ir.BooleanValue:
    left, right = _compared(said, wanted)
    return cast(ir.BooleanValue, left == right)


def _one_of(said: ir.Value, wanted: tuple[str, ...]) -> ir.BooleanValue:
    """One of some words; a trait that holds a list fits when any of its parts does."""
    words = said.cast("string")
    any_part = "|".join(re.escape(one) for one in wanted)
    in_list = words.startswith("[") & words.re_search(f'"({any_part})"')
    numbers = [float(one) for one in wanted if _is_number(one)]
    as_number = [words.try_cast("float64").isin(numbers)] if numbers else []
    return cast(
        ir.BooleanValue,
        ibis.or_(words.isin(wanted), in_list, *as_number).fill_null(False),
    )


_TESTS: dict[str, Any] = {
    "equals": lambda said, wanted: _is(said, wanted),
    "in": _one_of,
    "contains": lambda said, wanted: (
        said.cast("string").lower().contains(wanted.lower())
    ),
    "at_least": lambda said, wanted: (lambda a, b: a >= b)(*_compared(said, wanted)),
    "at_most": lambda said, wanted: (lambda a, b: a <= b)(*_compared(said, wanted)),
    "above": lambda said, wanted: (lambda a, b: a > b)(*_compared(said, wanted)),
    "below": lambda said, wanted: (lambda a, b: a < b)(*_compared(said, wanted)),
    "is_set": lambda said, wanted: said.notnull() if wanted else said.isnull(),
}


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.strip().lower() not in ("nan", "inf", "-inf", "infinity", "-infinity")


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return _(" or ").join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
