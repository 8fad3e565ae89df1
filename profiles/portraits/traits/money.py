"""Spend in a year."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from ..purchase_facts import Facts
from .contract import Trait


class Money(Trait):
    key = "spend"
    title = _("Spend")
    definition = _("What was paid in the last 365 days, after discounts.")
    window_days = 365
    unit = _("money")

    def values(self, facts: Facts) -> ir.Table:
        recent = facts.orders.filter(facts.orders.days_ago <= self.window_days)
        return recent.group_by("customer").aggregate(
            value=recent.revenue.sum(), evidence=recent.count()
        )
