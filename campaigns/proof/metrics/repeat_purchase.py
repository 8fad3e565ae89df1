from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.proof.metrics.base import OutcomeMetric, orders_in


class RepeatPurchase(OutcomeMetric):
    """Bought at least twice."""

    title = _("customers who bought again")
    kind: ClassVar = "proportion"

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return (orders_in(events) >= 2).cast("int64")
