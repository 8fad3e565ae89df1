"""The day on which the next order is due."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .due import Due

FURTHEST_DAYS = 3_650  # ten years: beyond it nothing is due


class DueOn(Trait):
    key = "due_on"
    title = _("Due on")
    definition = _(
        "Day on which the usual interval since the last order is over; it may have"
        " passed."
    )

    def values(self, facts: Facts) -> ir.Table:
        due = Due().values(facts)
        near = due.filter(due.value.abs() <= FURTHEST_DAYS)
        day = (
            ibis.literal(facts.as_of)
            + near.value.round().cast("int64").as_interval("D")
        ).date()
        return near.select("customer", value=day.cast("string"), evidence="evidence")
