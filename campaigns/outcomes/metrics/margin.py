"""What the shop keeps of what it sold."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from campaigns.content import shop_rules
from campaigns.outcomes.metrics.base import OutcomeMetric, money_in


class Margin(OutcomeMetric):
    """What the shop keeps: its margin of the money paid, less what redeemed coupons
    took off.

    Coupons count when they are redeemed, also by those who would have bought anyway.
    """

    title = _("margin per customer after coupons")
    kind: ClassVar = "mean"
    is_money = True
    adds_up = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        coupons = events.discount.sum(where=events.type == "coupon_redeemed")
        return shop_rules.margin() * money_in(events).fill_null(0) - coupons.fill_null(
            0
        )
