"""Where a customer stands: new, active, lapsing, lapsed."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .interval import intervals

LAPSING_AFTER, LAPSED_AFTER = 2.0, 4.0  # usual intervals without an order
NEW_DAYS = 30
UNKNOWN_INTERVAL_DAYS = 30.0


class Lifecycle(Trait):
    key = "lifecycle"
    title = _("Lifecycle")
    definition = _(
        "new: first order within 30 days. Else by the own usual interval, where unknown"
        " the shop's, else 30 days: active up to 2 intervals without an order, lapsing"
        " up to 4, then lapsed."
    )

    def values(self, facts: Facts) -> ir.Table:
        usual = intervals(facts)
        shop_interval = _shop_interval(facts, usual)
        orders = facts.orders
        seen = orders.group_by("customer").aggregate(
            first=orders.days_ago.max(),
            last=orders.days_ago.min(),
            evidence=orders.count(),
        )
        known = seen.left_join(usual.select("customer", "value"), "customer").drop(
            "customer_right"
        )
        silence = known.last / ibis.coalesce(known.value, shop_interval)
        stage = ibis.cases(
            (known.first <= NEW_DAYS, "new"),
            (silence <= LAPSING_AFTER, "active"),
            (silence <= LAPSED_AFTER, "lapsing"),
            else_="lapsed",
        )
        return known.select("customer", value=stage, evidence=known.evidence)


def _shop_interval(facts: Facts, usual: ir.Table) -> float:
    """The interval in the middle of all customers', 30 days where nobody has one."""
    found = facts.ask(usual.aggregate(value=usual.value.median()))["value"].to_pylist()
    return float(found[0]) if found and found[0] is not None else UNKNOWN_INTERVAL_DAYS
