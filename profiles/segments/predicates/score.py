"""What a model expects of the customer."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import table_schemas
from ..fields import Field, Number, Whole, Word
from .contract import Predicate, among


class Score(Predicate):
    """A score lies within bounds. Who has no score does not fit."""

    title = gettext_lazy("score of a model")
    fields: ClassVar[tuple[Field, ...]] = (
        Word("kind", gettext_lazy("which"), is_required=True, source="score"),
        Whole("horizon_days", gettext_lazy("for so many days")),
        Number("at_least", gettext_lazy("at least"), is_usual=True),
        Number("at_most", gettext_lazy("at most")),
    )
    starts_with: ClassVar = {"at_least": 0.5}
    examples: ClassVar = (
        {"kind": "purchase", "at_least": 0.5},
        {"kind": "churn", "horizon_days": 30, "at_most": 0.2},
    )

    def check(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError(_("needs at_least or at_most"))

    def holds(self) -> ir.BooleanValue:
        scores = self.value()
        tests = [scores.value >= self.at_least] if self.at_least is not None else []
        tests += [scores.value <= self.at_most] if self.at_most is not None else []
        return among(scores.filter(*tests))

    def value(self) -> ir.Table:
        scores = table_schemas.scores.filter(table_schemas.scores.kind == self.kind)
        if self.horizon_days is not None:
            scores = scores.filter(scores.horizon_days == self.horizon_days)
        return scores.select("customer", "value")

    def describe(self) -> str:
        bounds = (
            [_("at least %s") % f"{self.at_least:g}"]
            if self.at_least is not None
            else []
        )
        bounds += (
            [_("at most %s") % f"{self.at_most:g}"] if self.at_most is not None else []
        )
        return _("score %(kind)s %(bounds)s") % {
            "kind": self.kind,
            "bounds": _(" and ").join(bounds),
        }
