"""Customers who bought again."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import BOUGHT, OutcomeMetric, order_of


class RepeatPurchase(OutcomeMetric):
    """Bought at least twice."""

    title = _("customers who bought again")
    kind: ClassVar = "proportion"

    def outcome(self, events: ir.Table) -> ir.Scalar:
        order, bought = order_of(events), events.type == BOUGHT
        # without counting
        return (
            (order.min(where=bought) != order.max(where=bought))
            .fill_null(False)
            .cast("int64")
        )
