"""When something was done last, or first."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..fields import Days, Field
from .contract import among
from .event_filter import WHICH, Happening, since

BOUNDS = (
    Days(
        "more_than_days_ago", gettext_lazy("more than so many days ago"), is_usual=True
    ),
    Days("at_most_days_ago", gettext_lazy("at most so many days ago")),
)


class LastEvent(Happening):
    """The last time lies before, or after, so many days ago. Who never did it, or sent
    all back, does not fit.
    """

    title = gettext_lazy("did something last so long ago")
    fields: ClassVar[tuple[Field, ...]] = (
        *(field for field in WHICH if field.name != "within_days"),
        *BOUNDS,
    )
    starts_with: ClassVar = {"type": "purchase", "more_than_days_ago": 60}
    examples: ClassVar = (
        {"type": "purchase", "more_than_days_ago": 60},
        {
            "type": ["purchase", "view"],
            "at_most_days_ago": 30,
            "item": {"brand": "Miller"},
        },
    )

    def check(self) -> None:
        self.values["within_days"] = None
        if self.more_than_days_ago is None and self.at_most_days_ago is None:
            raise ValueError(_("needs more_than_days_ago or at_most_days_ago"))

    def holds(self) -> ir.BooleanValue:
        times = self.value()
        tests = []
        if self.more_than_days_ago is not None:
            tests.append(times.value < since(self.more_than_days_ago))
        if self.at_most_days_ago is not None:
            tests.append(times.value >= since(self.at_most_days_ago))
        return among(times.filter(*tests))

    def value(self) -> ir.Table:
        happened = self.kept()
        return happened.group_by("customer").aggregate(value=happened.happened_at.max())

    def describe(self) -> str:
        return f"{self.verb()} {self.which_time()} {self._bounds()}{self.which()}"

    def which_time(self) -> str:
        return _("for the last time")

    def _bounds(self) -> str:
        bounds = (
            [ago(_("more than %s"), self.more_than_days_ago)]
            if self.more_than_days_ago is not None
            else []
        )
        bounds += (
            [ago(_("at most %s"), self.at_most_days_ago)]
            if self.at_most_days_ago is not None
            else []
        )
        return _(" and ").join(bounds)


class FirstEvent(LastEvent):
    """The first time lies before, or after, so many days ago."""

    title = gettext_lazy("did something first so long ago")

    def value(self) -> ir.Table:
        happened = self.kept()
        return happened.group_by("customer").aggregate(value=happened.happened_at.min())

    def which_time(self) -> str:
        return _("for the first time")


def ago(words: str, days: float) -> str:
    """Say how long ago."""
    whole = round(days)
    return words % (ngettext("%s day ago", "%s days ago", whole) % f"{days:g}")
