"""How tired of our messages a customer is."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .message_answers import answered

HALF_LIFE_DAYS = 30.0
PULLED_BY = 5.0  # messages answered as by all customers
HALF_AT = 4.0  # messages, recent ones, that make half of all the tiredness there is
LN2 = 0.6931471805599453


class Fatigue(Trait):
    key = "fatigue"
    title = _("Fatigue")
    definition = _(
        "How tired of our messages, from 0 to 1: the share that stayed without an"
        " answer, times how many there were (half at four, near 1 from fifteen on). Each"
        " month halves what a message weighs; shares are pulled towards that of all"
        " customers as if by five messages."
    )
    window_days = 180
    unit = "%"

    def values(self, facts: Facts) -> ir.Table:
        told = answered(facts)
        told = told.filter(told.days_ago <= self.window_days)
        weight = (-told.days_ago / HALF_LIFE_DAYS * ibis.literal(LN2)).exp()
        sums = told.group_by("customer").aggregate(
            sent=weight.sum(),
            answers=(weight * told.is_answered).sum(),
            evidence=told.count(),
        )
        shop = (sums.answers.sum() / sums.sent.sum()).as_scalar()
        silent = 1 - (sums.answers + shop * PULLED_BY) / (sums.sent + PULLED_BY)
        load = 1 - (-sums.sent / HALF_AT * ibis.literal(LN2)).exp()
        return sums.select("customer", value=silent * load, evidence="evidence")
