"""How much a customer waits for discounts."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait

# the shop's own depth counts as much as five orders of the customer
SHRINK_ORDERS = 5.0


class PriceSensitivity(Trait):
    key = "price_sensitivity"
    title = _("Price sensitivity")
    definition = _(
        "Discount depth: discounts as a share of the price before them, over the last"
        " 365 days, pulled towards the shop's own depth as if by five orders. Unknown"
        " where the shop gave no discount."
    )
    window_days = 365
    unit = "%"

    def values(self, facts: Facts) -> ir.Table:
        recent = facts.orders.filter(facts.orders.days_ago <= self.window_days)
        before = recent.revenue.fill_null(0.0) + recent.discount
        shop_discount = recent.discount.sum().as_scalar()
        shop_depth = (recent.discount.sum() / before.sum().nullif(0)).as_scalar()
        shop_order = before.mean().as_scalar()
        sums = recent.group_by("customer").aggregate(
            discount=recent.discount.sum(), before=before.sum(), evidence=recent.count()
        )
        prior = shop_order * SHRINK_ORDERS
        known = sums.filter(shop_discount > 0)  # else nobody ever had the choice
        depth = (known.discount + shop_depth * prior) / (known.before + prior).nullif(0)
        return known.select("customer", value=depth, evidence="evidence")
