from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.proof.metrics.base import BOUGHT_OR_RETURNED, OutcomeMetric, orders_in


class AverageOrder(OutcomeMetric):
    """Money per order: a ratio of two sums, since chance chose customers and not orders."""

    title = _("revenue per order")
    kind: ClassVar = "ratio"
    is_money = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return events.revenue.sum(where=events.type.isin(BOUGHT_OR_RETURNED))

    def denominator(self, events: ir.Table) -> ir.Scalar:
        return orders_in(events)
