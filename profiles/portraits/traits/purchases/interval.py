"""How often a customer comes."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait

MINIMUM_GAPS = 3  # fewer tell a coincidence, not a habit


def intervals(facts: Facts) -> ir.Table:
    """The usual interval of each customer with enough gaps: ``customer``, ``value``,
    ``evidence``, ``last`` in days.
    """
    return facts.kept("intervals", _intervals)


def _intervals(facts: Facts) -> ir.Table:
    gaps = _gaps(facts)
    usual = gaps.group_by("customer").aggregate(
        value=gaps.gap.median(), evidence=gaps.count(), last=gaps.days_ago.min()
    )
    return usual.filter(usual.evidence >= MINIMUM_GAPS)


def _gaps(facts: Facts) -> ir.Table:
    """Days between the order days of each customer: ``customer``, ``gap``, ``days_ago``
    of the later one.
    """
    days = facts.orders.select(
        "customer", day=facts.orders.local_at.date(), days_ago=facts.orders.days_ago
    )
    visits = days.group_by("customer", "day").aggregate(days_ago=days.days_ago.min())
    before = visits.days_ago.lag().over(
        ibis.window(group_by="customer", order_by="day")
    )
    gaps = visits.mutate(gap=before - visits.days_ago)
    return gaps.filter(gaps.gap.notnull())


class Interval(Trait):
    key = "interval_days"
    title = _("Comes every")
    definition = _(
        "Median days between two days with an order; at least three such gaps."
    )
    unit = _("days")

    def values(self, facts: Facts) -> ir.Table:
        return intervals(facts).select("customer", "value", "evidence")
