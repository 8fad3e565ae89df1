"""On which channel a customer answers best."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .channel_response import responses
from .message_answers import WINDOW_DAYS


class BestChannel(Trait):
    key = "best_channel"
    title = _("Answers best on")
    definition = _(
        "Channel with the largest share of answered messages among those that were"
        " used; shares are pulled towards each channel's own, so that one lucky message"
        " does not decide."
    )
    window_days = WINDOW_DAYS

    def values(self, facts: Facts) -> ir.Table:
        rates = responses(facts)
        best_first = ibis.window(
            group_by="customer", order_by=[ibis.desc(rates.rate), rates.channel]
        )
        ranked = rates.mutate(place=ibis.row_number().over(best_first))
        return ranked.filter(ranked.place == 0).select(
            "customer", value="channel", evidence="evidence"
        )
