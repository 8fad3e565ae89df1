"""What a metric is: one number per customer, from her events in a window."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import ibis.expr.types as ir

from campaigns.stats.experiment_spec import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

BOUGHT = "purchase"
BOUGHT_OR_RETURNED = ("purchase", "return")


class OutcomeMetric(ABC):
    """A plug-in: one file here and one line in the plug-in table. Customers without any
    event count as 0.
    """

    title: "StrPromise | str"
    kind: ClassVar[Kind]
    is_money: ClassVar[bool] = False
    is_less_better: ClassVar[bool] = False
    # written as key:more, and made with what stands behind the colon
    takes_more: ClassVar[bool] = False
    days: int | None = None  # a window of its own; without, the campaign's
    # a window's outcome is the sum of its days' (a proportion: any of its days')
    adds_up: ClassVar[bool] = False

    @abstractmethod
    def outcome(self, events: ir.Table) -> ir.Scalar:
        """Aggregate one customer's events of the window into her outcome; of a ratio,
        into its numerator.
        """

    def denominator(self, events: ir.Table) -> ir.Scalar | None:
        """Aggregate them into the denominator of a ratio."""
        return None


def order_of(events: ir.Table) -> ir.IntegerColumn:
    """Number each event's order: known by its source and id, else by its moment."""
    return events.order_key.hash()  # told apart faster than words


def orders_in(events: ir.Table) -> ir.Scalar:
    """Count distinct orders."""
    return order_of(events).nunique(where=events.type == BOUGHT)


def money_in(events: ir.Table) -> ir.Scalar:
    """Sum what was paid, less what came back."""
    return events.revenue.sum(where=events.type.isin(BOUGHT_OR_RETURNED))


def did(events: ir.Table, *types: str) -> ir.Scalar:
    """Say with 1 or 0 whether any event of these types happened."""
    return events.type.isin(types).any().cast("int64")
