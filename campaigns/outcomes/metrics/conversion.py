"""Customers who bought."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import BOUGHT, OutcomeMetric, did


class Conversion(OutcomeMetric):
    """Bought anything at all."""

    title = _("customers who bought")
    kind: ClassVar = "proportion"
    adds_up = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return did(events, BOUGHT)
