"""Customers who asked not to be written to any more."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import OutcomeMetric, did


class Unsubscribes(OutcomeMetric):
    """Asked not to be written to any more: a guardrail, the fewer the better."""

    title = _("customers who unsubscribed")
    kind: ClassVar = "proportion"
    is_less_better = True
    adds_up = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return did(events, "unsubscribed")
