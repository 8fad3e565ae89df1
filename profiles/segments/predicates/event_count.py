"""Did something so many times."""

from typing import Any, ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..fields import Choice, Field, Whole
from .contract import among
from .event_filter import WHICH, Happening

COUNTED = {
    "events": gettext_lazy("times"),
    "orders": gettext_lazy("orders"),
    "days": gettext_lazy("days"),
}


class EventCount(Happening):
    """Did something at least, or at most, so many times within some days. What came
    back whole was not bought.
    """

    title = gettext_lazy("did something so many times")
    fields: ClassVar[tuple[Field, ...]] = (
        WHICH[0],
        Whole("at_least", gettext_lazy("at least"), is_usual=True, least=1),
        Whole("at_most", gettext_lazy("at most"), least=0),
        Choice("count", gettext_lazy("counted by"), default="events", options=COUNTED),
        *WHICH[1:],
    )
    starts_with: ClassVar = {"type": "purchase", "at_least": 1, "within_days": 90}
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "type": "purchase",
            "at_least": 2,
            "within_days": 90,
            "item": {"category": "Bread", "price_at_least": 2},
        },
        {"type": ["view", "cart"], "at_most": 0, "within_days": 7.5},
        {
            "type": "purchase",
            "at_least": 1,
            "at_most": 3,
            "count": "orders",
            "properties": {"store": "north"},
        },
        {"type": "purchase", "at_least": 2, "count": "days"},
    )

    def check(self) -> None:
        if self.at_least is None and self.at_most is None:
            self.values["at_least"] = 1
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:
            raise ValueError(_("at_least must not be above at_most"))

    def holds(self) -> ir.BooleanValue:
        counts = self.value()
        if not self.at_least:
            # who never did it is in
            return ~among(counts.filter(counts.value > self.at_most))
        tests = [counts.value >= self.at_least] + (
            [counts.value <= self.at_most] if self.at_most is not None else []
        )
        return among(counts.filter(*tests))

    def value(self) -> ir.Table:
        happened = self.kept()
        counted = {
            "events": lambda: happened.count(),
            "orders": lambda: happened.order_key.nunique(),
            "days": lambda: happened.happened_at.date().nunique(),
        }[self.count]()
        return happened.group_by("customer").aggregate(value=counted)

    def describe(self) -> str:
        return f"{self.verb()} {self._times()}{self.which()}"

    def _times(self) -> str:
        if self.at_most == 0:
            return _("not once")
        if self.at_least == self.at_most:
            return self._n(_("exactly %s"), self.at_least)
        parts = [self._n(_("at least %s"), self.at_least)] if self.at_least else []
        parts += (
            [self._n(_("at most %s"), self.at_most)] if self.at_most is not None else []
        )
        return _(" and ").join(parts)

    def _n(self, words: str, n: int) -> str:
        unit = {
            "events": ngettext("%d time", "%d times", n),
            "orders": ngettext("%d order", "%d orders", n),
            "days": ngettext("on %d day", "on %d days", n),
        }[self.count]
        return words % (unit % n)
