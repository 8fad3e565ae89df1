from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext as _

from campaigns.proof.metrics.base import OutcomeMetric


class EventsOf(OutcomeMetric):
    """How often something happened, whatever it is: `events:review`, `events:message_clicked`."""

    kind: ClassVar = "mean"
    takes_more = True
    adds_up = True

    def __init__(self, type: str) -> None:
        self.type = type
        self.title = _("“%(type)s” per customer") % {"type": type}

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return (events.type == self.type).sum()
