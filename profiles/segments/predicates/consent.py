"""What the customer agreed to."""

from typing import ClassVar

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.consents.consent_state import STRICTNESS
from profiles.models import Consent as Statement

from .. import table_schemas
from ..fields import Choice, Field, Word
from .contract import Predicate, among


class Consent(Predicate):
    """What holds on a channel, and a topic, is so: `consent_state`'s rule over the
    history, whose consents are those that count at the time asked for.
    """

    title = gettext_lazy("consent")
    fields: ClassVar[tuple[Field, ...]] = (
        Word("channel", gettext_lazy("channel"), is_required=True, source="channel"),
        Word("topic", gettext_lazy("topic"), source="topic"),
        Choice(
            "status",
            gettext_lazy("status"),
            default="granted",
            options=dict(Statement.Status.choices),
        ),
    )
    starts_with: ClassVar = {"channel": "email"}
    examples: ClassVar = (
        {"channel": "email"},
        {"channel": "sms", "topic": "offers", "status": "withdrawn"},
    )

    def holds(self) -> ir.BooleanValue:
        newest = self.value()
        return among(newest.filter(newest.value == self.status))

    def value(self) -> ir.Table:
        """The state by customer: the newest statement on the topic or on all of them, of
        several at one instant the strictest.
        """
        consents = table_schemas.consents
        topics = [Statement.ALL_TOPICS] + ([self.topic] if self.topic else [])
        about = consents.filter(
            consents.channel == self.channel, consents.topic.isin(topics)
        )
        strictness = about.status.cases(*STRICTNESS.items(), else_=0)
        newest = about.mutate(
            place=ibis.row_number().over(
                group_by="customer",
                order_by=(about.stated_at.desc(), strictness.desc()),
            )
        )
        return newest.filter(newest.place == 0).select("customer", value="status")

    def describe(self) -> str:
        words = {
            "channel": self.channel,
            "status": Statement.Status(self.status).label,
            "topic": self.topic,
        }
        if self.topic:
            return _("consent to %(channel)s about %(topic)s is %(status)s") % words
        return _("consent to %(channel)s is %(status)s") % words
