"""How many orders a customer placed."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import OutcomeMetric, orders_in


class Orders(OutcomeMetric):
    """Distinct orders."""

    title = _("orders per customer")
    kind: ClassVar = "mean"
    adds_up = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return orders_in(events)
