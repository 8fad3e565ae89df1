"""Spend in a year."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait


class Money(Trait):
    key = "spend"
    title = _("Spend")
    definition = _(
        "What was paid for orders of the last 365 days, after discounts, less what came"
        " back."
    )
    window_days = 365
    unit = _("money")

    def values(self, facts: Facts) -> ir.Table:
        recent = facts.paid.filter(facts.paid.days_ago <= self.window_days)
        sums = recent.group_by("customer").aggregate(
            value=recent.revenue.sum(), evidence=recent.revenue.count()
        )
        return sums.filter(sums.evidence > 0)
