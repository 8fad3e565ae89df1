"""Customers who called a message spam."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import OutcomeMetric, did


class Complaints(OutcomeMetric):
    """Called a message spam: a guardrail, the fewer the better."""

    title = _("customers who complained")
    kind: ClassVar = "proportion"
    is_less_better = True
    adds_up = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return did(events, "complained", "message_complained")
