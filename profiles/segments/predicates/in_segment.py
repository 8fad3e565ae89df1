"""Fits another segment's rule."""

from typing import Any, ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields import Field, Word
from .contract import Predicate


class InSegment(Predicate):
    """Fits the rule of another segment as it is now. `rules.parse` puts that rule in as
    ``rule``.
    """

    title = gettext_lazy("in another segment")
    fields: ClassVar[tuple[Field, ...]] = (
        Word("name", gettext_lazy("segment"), is_required=True, source="segment"),
    )
    examples: ClassVar = ({"name": "regulars"},)
    rule: Any = None

    def holds(self) -> ir.BooleanValue:
        return self.rule.holds()

    def describe(self) -> str:
        return _("is in the segment “%s”") % self.name
