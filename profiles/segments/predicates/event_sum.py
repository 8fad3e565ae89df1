"""Spent so much, bought so many."""

from typing import ClassVar

import ibis.expr.types as ir
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from retention_site.lib.admin.words import money

from ..fields import Choice, Field, Number
from .contract import among
from .event_filter import WHICH, Happening

SUMMED = {
    "revenue": gettext_lazy("money"),
    "quantity": gettext_lazy("quantity"),
    "discount": gettext_lazy("discount"),
}


class EventSum(Happening):
    """The sum of money, quantity or discount over some events; without an event it is
    0.

    Of purchases it is what is left after returns, which are not taken off twice when
    named too.
    """

    title = gettext_lazy("sum over what was done")
    fields: ClassVar[tuple[Field, ...]] = (
        *WHICH,
        Choice("of", gettext_lazy("sum of"), default="revenue", options=SUMMED),
        Number("at_least", gettext_lazy("at least"), is_usual=True),
        Number("at_most", gettext_lazy("at most")),
    )
    starts_with: ClassVar = {"type": "purchase", "at_least": 100, "within_days": 365}
    examples: ClassVar = (
        {"type": "purchase", "at_least": 50, "within_days": 180},
        {"type": "purchase", "of": "quantity", "at_most": 3},
    )

    def check(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError(_("needs at_least or at_most"))

    def holds(self) -> ir.BooleanValue:
        sums = self.value()
        fits = self._fits(sums.value)
        return (
            among(sums.filter(fits))
            if not self._fits_nothing()
            else ~among(sums.filter(~fits))
        )

    def value(self) -> ir.Table:
        happened = self.netted()
        return happened.group_by("customer").aggregate(
            value=happened[self.of].sum().fill_null(0.0)
        )

    def describe(self) -> str:
        bounds = (
            [_("at least %s") % self._worth(self.at_least)]
            if self.at_least is not None
            else []
        )
        bounds += (
            [_("at most %s") % self._worth(self.at_most)]
            if self.at_most is not None
            else []
        )
        words = {
            "of": SUMMED[self.of],
            "verb": self.verb(),
            "bounds": _(" and ").join(bounds),
        }
        return _("%(verb)s, %(of)s %(bounds)s") % words + self.which()

    def _worth(self, bound: float) -> str:
        return (
            f"{bound:g}"
            if self.of == "quantity"
            else money(bound, settings.SHOP_CURRENCY)
        )

    def _fits(self, value: ir.NumericValue) -> ir.BooleanValue:
        low = value >= self.at_least if self.at_least is not None else True
        high = value <= self.at_most if self.at_most is not None else True
        return low & high

    def _fits_nothing(self) -> bool:
        """Whether a customer without such an event, whose sum is 0, fits."""
        return (self.at_least is None or self.at_least <= 0) and (
            self.at_most is None or self.at_most >= 0
        )
