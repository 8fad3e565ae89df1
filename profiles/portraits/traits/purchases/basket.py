"""What a usual order is worth."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait


class Basket(Trait):
    key = "basket"
    title = _("Usual basket")
    definition = _(
        "Median value of the orders of the last 365 days, less what came back."
    )
    window_days = 365
    unit = _("money")

    def values(self, facts: Facts) -> ir.Table:
        recent = facts.orders.filter(facts.orders.days_ago <= self.window_days)
        sums = recent.group_by("customer").aggregate(
            value=recent.revenue.median(), evidence=recent.revenue.count()
        )
        return sums.filter(sums.evidence > 0)
