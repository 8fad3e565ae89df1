"""Still a customer after so many days: the opposite of churn, which is no purchase
within the horizon.
"""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.outcomes.metrics.base import BOUGHT, OutcomeMetric, did


class Retention7(OutcomeMetric):
    """Bought again within seven days."""

    title = _("customers retained after 7 days")
    kind: ClassVar = "proportion"
    days = 7

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return did(events, BOUGHT)


class Retention30(Retention7):
    """Bought again within thirty days."""

    title = _("customers retained after 30 days")
    days = 30


class Retention90(Retention7):
    """Bought again within ninety days."""

    title = _("customers retained after 90 days")
    days = 90
