"""How often a customer comes."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from ..facts import Facts
from .contract import Trait

MINIMUM_GAPS = 3  # fewer tell a coincidence, not a habit


def gaps_of(facts: Facts) -> ir.Table:
    """Days between the order days of each customer: ``customer``, ``gap``, ``last_days_ago``."""
    days = facts.orders.select("customer", day=facts.orders.local_at.date(), days_ago=facts.orders.days_ago)
    visits = days.group_by("customer", "day").aggregate(days_ago=days.days_ago.min())
    before = visits.days_ago.lag().over(ibis.window(group_by="customer", order_by="day"))
    gaps = visits.mutate(gap=before - visits.days_ago)
    return gaps.filter(gaps.gap.notnull())


class Interval(Trait):
    key = "interval_days"
    title = _("Comes every")
    definition = _("Median days between two days with an order; at least three such gaps.")
    unit = _("days")

    def values(self, facts: Facts) -> ir.Table:
        gaps = gaps_of(facts)
        usual = gaps.group_by("customer").aggregate(value=gaps.gap.median(), evidence=gaps.count())
        return usual.filter(usual.evidence >= MINIMUM_GAPS)
