"""A birthday, or another day that comes back every year."""

from typing import ClassVar, cast

import ibis
import ibis.expr.types as ir
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.history.functions import at_zone

from .. import table_schemas
from ..fields import Choice, Field, Whole
from .contract import Predicate, among, surely

DAYS = {
    "birth_date": gettext_lazy("birthday"),
    "signed_up_at": gettext_lazy("day of the sign-up"),
    "first_purchase": gettext_lazy("day of the first purchase"),
}


class Anniversary(Predicate):
    """A day of the year falls within the next days, today counted. Days are the shop's;
    29 February may be the 28th.
    """

    title = gettext_lazy("birthday or anniversary")
    fields: ClassVar[tuple[Field, ...]] = (
        Choice("of", gettext_lazy("which day"), is_required=True, options=DAYS),
        Whole(
            "within_days",
            gettext_lazy("within the next days"),
            default=0,
            is_usual=True,
        ),
    )
    starts_with: ClassVar = {"of": "birth_date", "within_days": 7}
    examples: ClassVar = (
        {"of": "birth_date", "within_days": 300},
        {"of": "first_purchase", "within_days": 120},
    )

    def check(self) -> None:
        if self.within_days > 365:
            raise ValueError(_("within_days must be 365 at most"))

    def holds(self) -> ir.BooleanValue:
        if self.of == "first_purchase":
            firsts = self.value()
            return among(firsts.filter(surely(self._is_soon(firsts.value))))
        return surely(self._is_soon(self._stated()))

    def value(self) -> ir.Table:
        if self.of != "first_purchase":
            return table_schemas.customers.select("customer", value=self._stated())
        bought = table_schemas.sales.filter(table_schemas.sales.is_kept)
        return bought.group_by("customer").aggregate(
            value=_shop_day(bought.happened_at.min())
        )

    def describe(self) -> str:
        if self.within_days == 0:
            return _("%s is today") % DAYS[self.of]
        days = ngettext("%d day", "%d days", self.within_days) % self.within_days
        return _("%(day)s is within the next %(days)s") % {
            "day": DAYS[self.of],
            "days": days,
        }

    def _stated(self) -> ir.DateValue:
        column = table_schemas.customers[self.of]
        return cast(
            ir.DateValue, column if column.type().is_date() else _shop_day(column)
        )

    def _is_soon(self, day: ir.DateValue) -> ir.BooleanValue:
        """Compare month and day, as in 229; over New Year the span has two ends."""
        today = _shop_day(table_schemas.AS_OF)
        last = _shop_day(table_schemas.AS_OF + ibis.interval(days=self.within_days))
        year = today.year()
        is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        comes = _month_and_day(day)
        comes = ibis.ifelse((comes == 229) & ~is_leap, 228, comes)
        starts, ends = _month_and_day(today), _month_and_day(last)
        whole_year = ibis.literal(self.within_days == 365)
        within = ibis.ifelse(
            starts <= ends,
            (comes >= starts) & (comes <= ends),
            (comes >= starts) | (comes <= ends),
        )
        return cast(ir.BooleanValue, (whole_year & day.notnull()) | within)


def _month_and_day(day: ir.DateValue) -> ir.IntegerValue:
    return cast(ir.IntegerValue, day.month() * 100 + day.day())


def _shop_day(moment: ir.TimestampValue) -> ir.DateValue:
    return cast(ir.DateValue, at_zone(settings.SHOP_TIME_ZONE, moment).date())
