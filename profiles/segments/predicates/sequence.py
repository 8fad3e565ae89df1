"""Did one thing, and then another, or not."""

from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..fields import Days, Field, Flag, Group
from .contract import Predicate, among
from .event_filter import WHICH, Happening, since


class Sequence(Predicate):
    """Did one thing and then, within some days, another; or did not, and the days are
    over.

    It asks what happened, not what is left: who bought and then sent it back did buy.
    """

    title = gettext_lazy("did one thing, then another or not")
    fields: ClassVar[tuple[Field, ...]] = (
        Group("first", gettext_lazy("first"), is_required=True, fields=WHICH),
        Group("then", gettext_lazy("then"), is_required=True, fields=WHICH),
        Days("within_days", gettext_lazy("within days"), is_required=True),
        Flag(
            "happens", gettext_lazy("the second happens"), default=True, is_usual=True
        ),
    )
    starts_with: ClassVar = {
        "first": {"type": "cart"},
        "then": {"type": "purchase"},
        "within_days": 7,
        "happens": False,
    }
    examples: ClassVar = (
        {"first": {"type": "cart"}, "then": {"type": "purchase"}, "within_days": 14},
        {
            "first": {"type": "view", "within_days": 90},
            "then": {"type": "purchase"},
            "within_days": 7,
            "happens": False,
        },
    )

    def check(self) -> None:
        for name in ("first", "then"):
            if "type" not in self.values[name]:
                raise ValueError(_("%s needs the field type") % name)

    def holds(self) -> ir.BooleanValue:
        firsts = self._firsts()
        soon = firsts.next_at <= firsts.happened_at + self._span()
        if self.happens:
            return among(firsts.filter(soon.fill_null(False)))
        is_over = firsts.happened_at <= since(self.within_days)
        return among(firsts.filter(is_over & ~soon.fill_null(False)))

    def describe(self) -> str:
        days = (
            ngettext("%s day", "%s days", round(self.within_days))
            % f"{self.within_days:g}"
        )
        words = {
            "first": self._words("first"),
            "then": self._words("then"),
            "days": days,
        }
        if self.happens:
            return _("%(first)s and then, within %(days)s, %(then)s") % words
        return _("%(first)s and then not, within %(days)s: %(then)s") % words

    def _firsts(self) -> ir.Table:
        """Each time that the first thing was done, with the next time, strictly later,
        of the second.
        """
        parts = [
            self._times("first", is_first=True),
            self._times("then", is_first=False),
        ]
        both = parts[0].union(parts[1])
        times = both.group_by("customer", "happened_at").aggregate(
            is_first=both.is_first.any(), is_then=(~both.is_first).any()
        )
        later = ibis.window(
            group_by="customer", order_by="happened_at", following=(1, None)
        )
        then_at = ibis.ifelse(times.is_then, times.happened_at, None)
        return times.mutate(next_at=then_at.min().over(later)).filter(
            lambda t: t.is_first
        )

    def _times(self, name: str, *, is_first: bool) -> ir.Table:
        return (
            _happening(self.values[name])
            .happened()
            .select("customer", "happened_at", is_first=ibis.literal(is_first))
        )

    def _span(self) -> ir.IntervalScalar:
        return ibis.interval(seconds=round(self.within_days * 86_400))

    def _words(self, name: str) -> str:
        meant = _happening(self.values[name])
        return meant.verb() + meant.which()


class _Meant(Happening):
    """The events that one side of a sequence means."""

    title = ""

    def holds(self) -> ir.BooleanValue:
        return among(self.happened())

    def describe(self) -> str:
        return self.verb() + self.which()


def _happening(values: dict[str, Any]) -> _Meant:
    return _Meant(**values)
