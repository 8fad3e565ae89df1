"""When the next order is due."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .interval import intervals


class Due(Trait):
    key = "due_in_days"
    title = _("Next order due")
    definition = _(
        "Days until the usual interval since the last order is over; negative when"
        " overdue."
    )
    unit = _("days")

    def values(self, facts: Facts) -> ir.Table:
        usual = intervals(facts)
        last = facts.orders.group_by("customer").aggregate(
            since=facts.orders.days_ago.min()
        )
        both = usual.inner_join(last, "customer")
        return both.select(
            "customer", value=both.value - both.since, evidence=both.evidence
        )
