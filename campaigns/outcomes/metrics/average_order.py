"""What an order is worth."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import OutcomeMetric, money_in, orders_in


class AverageOrder(OutcomeMetric):
    """Money per order: a ratio of two sums, since chance chose customers and not
    orders.
    """

    title = _("revenue per order")
    kind: ClassVar = "ratio"
    is_money = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return money_in(events)

    def denominator(self, events: ir.Table) -> ir.Scalar:
        return orders_in(events)
