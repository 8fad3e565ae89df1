"""How often something happened."""

from typing import ClassVar

import ibis.expr.types as ir
from django.utils.translation import gettext as _

from campaigns.outcomes.metrics.base import OutcomeMetric


class EventsOf(OutcomeMetric):
    """How often something happened, whatever it is: `events:review`,
    `events:message_clicked`.
    """

    kind: ClassVar = "mean"
    takes_more = True
    adds_up = True

    def __init__(self, kind_of_event: str) -> None:
        self.event = kind_of_event
        self.title = _("“%(event)s” per customer") % {"event": kind_of_event}

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return (events.type == self.event).sum()
