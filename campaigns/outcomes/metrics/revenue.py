"""What a customer paid, less what came back."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import OutcomeMetric, money_in


class Revenue(OutcomeMetric):
    """Money paid, less what came back."""

    title = _("revenue per customer")
    kind: ClassVar = "mean"
    adds_up = True
    is_money = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return money_in(events)
