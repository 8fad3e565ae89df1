"""Days since the last order."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait


class Recency(Trait):
    key = "recency_days"
    title = _("Last order")
    definition = _("Days since the last order of which something was kept.")
    unit = _("days ago")

    def values(self, facts: Facts) -> ir.Table:
        orders = facts.orders
        return orders.group_by("customer").aggregate(
            value=orders.days_ago.min(), evidence=orders.count()
        )
