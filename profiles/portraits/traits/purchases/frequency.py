"""Orders in a year."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait


class Frequency(Trait):
    key = "n_orders"
    title = _("Orders")
    definition = _("Orders in the last 365 days of which something was kept.")
    window_days = 365
    unit = _("orders")

    def values(self, facts: Facts) -> ir.Table:
        recent = facts.orders.filter(facts.orders.days_ago <= self.window_days)
        return recent.group_by("customer").aggregate(
            value=recent.count(), evidence=recent.count()
        )
