from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.proof.metrics.base import BOUGHT_OR_RETURNED, OutcomeMetric


class Revenue(OutcomeMetric):
    """Money paid, less what came back."""

    title = _("revenue per customer")
    kind: ClassVar = "mean"
    is_money = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return events.revenue.sum(where=events.type.isin(BOUGHT_OR_RETURNED))
