"""The RFM cell: fifths of the shop by recency, frequency and money."""

from typing import cast

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait

YEAR_DAYS = 365


class Tiers(Trait):
    key = "rfm"
    title = _("RFM")
    definition = _(
        "Fifths of all buyers of the last 365 days by days since the last order, orders"
        " and spend: 5 is the best fifth of each, so 555 is a champion."
    )
    window_days = YEAR_DAYS

    def values(self, facts: Facts) -> ir.Table:
        recent = facts.orders.filter(facts.orders.days_ago <= YEAR_DAYS)
        paid = facts.paid.filter(facts.paid.days_ago <= YEAR_DAYS)
        came = recent.group_by("customer").aggregate(
            recency=recent.days_ago.min(), frequency=recent.count()
        )
        spent = paid.group_by("customer").aggregate(
            money=paid.revenue.sum().fill_null(0.0)
        )
        sums = came.inner_join(spent, "customer")
        cell = [
            self._fifth(-sums.recency),
            self._fifth(sums.frequency),
            self._fifth(sums.money),
        ]
        return sums.select(
            "customer", value=cell[0] + cell[1] + cell[2], evidence=sums.frequency
        )

    @staticmethod
    def _fifth(column: ir.NumericValue) -> ir.StringValue:
        """The fifth of the shop as one digit, equal values in one fifth."""
        n_others = column.count().over(ibis.window()) - 1
        place = column.rank() * 5 // ibis.greatest(n_others, 1)
        return cast(
            ir.StringValue, (ibis.least(place, 4) + 1).cast("int64").cast("string")
        )
