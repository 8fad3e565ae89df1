"""More, or less, than the average customer: how far from the average, in times or in
standard deviations.
"""

from typing import ClassVar

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields import Choice, Field, Number
from .contract import among
from .event_filter import WHICH, Happening

DISTANCES = {
    "times": gettext_lazy("times the average"),
    "deviations": gettext_lazy("standard deviations from the average"),
}
MEASURED = {
    "events": gettext_lazy("times"),
    "orders": gettext_lazy("orders"),
    "revenue": gettext_lazy("money"),
}


class Compared(Happening):
    """A customer's number or money lies so far from the average over all who did such a
    thing.

    The distance is counted in times the average, or in standard deviations above it
    (below it when negative).
    """

    title = gettext_lazy("compared with the average")
    needs_everybody = True
    fields: ClassVar[tuple[Field, ...]] = (
        *WHICH,
        Choice("of", gettext_lazy("compares"), default="revenue", options=MEASURED),
        Choice(
            "distance", gettext_lazy("distance in"), default="times", options=DISTANCES
        ),
        Number("at_least", gettext_lazy("at least"), is_usual=True),
        Number("at_most", gettext_lazy("at most")),
    )
    starts_with: ClassVar = {"type": "purchase", "at_least": 2, "within_days": 365}
    examples: ClassVar = (
        {"type": "purchase", "at_least": 1.5, "within_days": 180},
        {"type": "purchase", "of": "orders", "at_most": 0.5},
        {"type": "purchase", "distance": "deviations", "at_least": 1},
    )

    def check(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError(_("needs at_least or at_most"))

    def holds(self) -> ir.BooleanValue:
        ratios = self.value()
        tests = [ratios.value >= self.at_least] if self.at_least is not None else []
        tests += [ratios.value <= self.at_most] if self.at_most is not None else []
        return among(ratios.filter(*tests))

    def value(self) -> ir.Table:
        happened = self.netted() if self.of == "revenue" else self.kept()
        measured = {
            "events": lambda: happened.count().cast("float64"),
            "orders": lambda: happened.order_key.nunique().cast("float64"),
            "revenue": lambda: happened.revenue.sum().fill_null(0.0),
        }[self.of]()
        each = happened.group_by("customer").aggregate(measured=measured)
        everybody = ibis.window()
        mean = each.measured.mean().over(everybody)
        times = each.measured / mean
        deviations = (each.measured - mean) / each.measured.std(how="sample").over(
            everybody
        ).nullif(0)
        return each.select(
            "customer", value=deviations if self.distance == "deviations" else times
        )

    def describe(self) -> str:
        bounds = (
            [_("at least %s") % f"{self.at_least:g}"]
            if self.at_least is not None
            else []
        )
        bounds += (
            [_("at most %s") % f"{self.at_most:g}"] if self.at_most is not None else []
        )
        words = {
            "of": MEASURED[self.of],
            "verb": self.verb(),
            "bounds": _(" and ").join(bounds),
        }
        words["distance"] = DISTANCES[self.distance]
        return _("%(verb)s, %(of)s %(bounds)s %(distance)s") % words + self.which()
