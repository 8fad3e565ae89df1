"""What a predicate brings: its fields, its words, and one expression for everybody or
for one.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, cast

import ibis.expr.types as ir
from django.utils.functional import Promise

from .. import table_schemas
from ..fields import Field


class Predicate(ABC):
    """A question about a customer that is answered yes or no, never with a shrug.

    A customer without the facts that it asks for answers no, so that it and its
    negation split everybody in two.
    """

    title: ClassVar[str | Promise]
    fields: ClassVar[tuple[Field, ...]]
    # the answer for one customer depends on the others
    needs_everybody: ClassVar[bool] = False
    # what a new row of a form starts with, as it is written in a rule
    starts_with: ClassVar[dict[str, Any]] = {}
    # as they are written in a rule, without ``is``
    examples: ClassVar[tuple[dict[str, Any], ...]]

    def __init__(self, **values: Any) -> None:
        self.values = {field.name: field.default for field in self.fields} | values

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def check(self) -> None:  # noqa: B027  most have nothing to check
        """Raise `ValueError` when the fields, each right by itself, make no sense
        together.
        """

    @abstractmethod
    def holds(self) -> ir.BooleanValue:
        """Return the answer as an expression over `table_schemas.customers`, never NULL."""

    @abstractmethod
    def describe(self) -> str:
        """Say the question in the marketer's words, as of a customer who answers yes."""

    def value(self) -> ir.Table | None:
        """Return ``customer`` and ``value``: what the answer rests on, for
        explanations.
        """
        return None


def among(members: ir.Table) -> ir.BooleanValue:
    """Whether the customer is among ``members``, a table with a column ``customer``
    without NULL.
    """
    return cast(
        ir.BooleanValue, table_schemas.customers.customer.isin(members.customer)
    )


def surely(answer: ir.Value) -> ir.BooleanValue:
    """Read "unknown" as no."""
    return cast(ir.BooleanValue, answer.fill_null(False))
