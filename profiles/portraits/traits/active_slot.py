"""When a customer usually buys, in local time."""

import ibis
import ibis.expr.types as ir
import numpy as np
from django.utils.translation import gettext_lazy as _

from profiles.stats.slots import concentration

from ..facts import Facts
from .contract import Trait

SLOT_HOURS = 4
SLOTS = tuple(
    f"{days} {start:02d}–{start + SLOT_HOURS:02d}"
    for days in ("weekday", "weekend")
    for start in range(0, 24, SLOT_HOURS)
)
HALF_LIFE_DAYS = 180.0
SAMPLE = 20_000  # customers are enough to learn how alike they are


def slot_of(local_at: ir.TimestampValue) -> ir.IntegerValue:
    """Return the slot of a local time: 0–5 on weekdays, 6–11 at weekends, four hours each."""
    is_weekend = local_at.day_of_week.index() >= 5
    return ibis.ifelse(is_weekend, 6, 0) + local_at.hour() // SLOT_HOURS


class ActiveSlot(Trait):
    key = "active_slot"
    title = _("Usual time")
    definition = _(
        "Most likely of twelve slots (weekday or weekend, four hours each) in the customer's own time zone; "
        "own orders, halved every 180 days, are pulled towards the shop's pattern as far as customers are alike."
    )

    def values(self, facts: Facts) -> ir.Table:
        counts = self._counts(facts)
        strength = self._strength(counts)
        shop = counts.group_by("slot").aggregate(weight=counts.weight.sum())
        shop = shop.select("slot", prior=shop.weight / shop.weight.sum().over(ibis.window()))
        everyone = counts.group_by("customer").aggregate(evidence=counts.n.sum())
        grid = everyone.cross_join(shop)
        own = grid.left_join(counts.select("customer", "slot", "weight"), ["customer", "slot"])
        mass = own.select("customer", "slot", "evidence", mass=own.weight.fill_null(0.0) + strength * own.prior)
        place = ibis.row_number().over(ibis.window(group_by="customer", order_by=[ibis.desc(mass.mass), mass.slot]))
        best = mass.mutate(place=place).filter(ibis._.place == 0)
        named = ibis.cases(*((best.slot == number, name) for number, name in enumerate(SLOTS)))
        return best.select("customer", value=named, evidence="evidence")

    @staticmethod
    def _counts(facts: Facts) -> ir.Table:
        """Decayed orders by customer and slot."""
        orders = facts.orders
        weight = (-orders.days_ago / HALF_LIFE_DAYS * ibis.literal(float(np.log(2.0)))).exp()
        return orders.group_by("customer", slot=slot_of(orders.local_at)).aggregate(
            weight=weight.sum(), n=orders.count()
        )

    @staticmethod
    def _strength(counts: ir.Table) -> float:
        """How many orders of a customer the shop's pattern is worth."""
        rows = counts.order_by("customer", "slot").limit(SAMPLE * len(SLOTS)).to_pyarrow()
        if not len(rows):
            return 1.0
        _who, place = np.unique(rows["customer"].to_numpy(), return_inverse=True)
        matrix = np.zeros((int(place.max()) + 1, len(SLOTS)))  # (n_customers, 12)
        matrix[place, rows["slot"].to_numpy()] = rows["n"].to_numpy()
        return concentration(matrix)
