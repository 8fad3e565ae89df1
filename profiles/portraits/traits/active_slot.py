"""When a customer usually buys, in local time."""

from typing import cast

import ibis
import ibis.expr.types as ir
import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from profiles.stats.slots import concentration

from ..purchase_facts import Facts
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
    """Return the slot of a local time: 0–5 on weekdays, 6–11 at weekends, four hours
    each.
    """
    is_weekend = local_at.day_of_week.index() >= 5
    return ibis.ifelse(is_weekend, 6, 0) + local_at.hour() // SLOT_HOURS


class ActiveSlot(Trait):
    key = "active_slot"
    title = _("Usual time")
    definition = _(
        "Most likely of twelve slots (weekday or weekend, four hours each) in the"
        " customer's own time zone; own orders, halved every 180 days, are pulled"
        " towards the shop's pattern as far as customers are alike."
    )

    def values(self, facts: Facts) -> ir.Table:
        shop, strength = _shop(facts)
        orders = facts.orders.mutate(
            slot=slot_of(facts.orders.local_at), weight=_weight(facts.orders)
        )
        sums = {
            f"w{slot}": orders.weight.sum(where=orders.slot == slot).fill_null(0.0)
            for slot in range(len(SLOTS))
        }
        own = orders.group_by("customer").aggregate(evidence=orders.count(), **sums)
        masses = [
            own[f"w{slot}"] + strength * float(shop[slot]) for slot in range(len(SLOTS))
        ]
        most = ibis.greatest(*masses)
        named = ibis.cases(
            *((mass == most, name) for mass, name in zip(masses, SLOTS, strict=True))
        )
        return own.select("customer", value=named, evidence="evidence")


def _weight(orders: ir.Table) -> ir.FloatingValue:
    """An order of half a year ago counts half."""
    return cast(
        ir.FloatingValue,
        (-orders.days_ago / HALF_LIFE_DAYS * ibis.literal(float(np.log(2.0)))).exp(),
    )


def _shop(facts: Facts) -> tuple[NDArray[np.float64], float]:
    """The shop's shares by slot (12,), and how many orders of a customer they are
    worth.
    """
    orders = facts.orders.mutate(
        slot=slot_of(facts.orders.local_at), weight=_weight(facts.orders)
    )
    sums = facts.ask(orders.group_by("slot").aggregate(weight=orders.weight.sum()))
    shares = np.zeros(len(SLOTS))
    shares[sums["slot"].to_numpy()] = sums["weight"].to_numpy()
    few = orders.select("customer").distinct().order_by("customer").limit(SAMPLE)
    some = orders.semi_join(few, "customer")
    rows = facts.ask(some.group_by("customer", "slot").aggregate(n=some.count()))
    _who, place = np.unique(rows["customer"].to_numpy(), return_inverse=True)
    counts = np.zeros((len(_who), len(SLOTS)))  # (n_customers, 12)
    counts[place, rows["slot"].to_numpy()] = rows["n"].to_numpy()
    return shares / max(shares.sum(), 1e-12), (
        concentration(counts) if len(counts) else 1.0
    )
