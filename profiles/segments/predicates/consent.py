"""What the customer agreed to."""

from typing import ClassVar

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.models import Consent as Statement

from .. import shapes
from ..fields import Choice, Field, Word
from .contract import Predicate, among

STRICTNESS = {"granted": 0, "pending": 1, "withdrawn": 2}


class Consent(Predicate):
    """The newest statement about a channel, and a topic, is so. Of two at one moment the stricter counts."""

    title = gettext_lazy("consent")
    fields: ClassVar[tuple[Field, ...]] = (
        Word("channel", gettext_lazy("channel"), is_required=True),
        Word("topic", gettext_lazy("topic")),
        Choice("status", gettext_lazy("status"), default="granted", options=dict(Statement.Status.choices)),
    )
    examples: ClassVar = (
        {"channel": "email"},
        {"channel": "sms", "topic": "offers", "status": "withdrawn"},
    )

    def holds(self) -> ir.BooleanValue:
        newest = self.value()
        return among(newest.filter(newest.value == self.status))

    def value(self) -> ir.Table:
        """The state by customer: what was said of the topic, else of all topics; a withdrawal of all beats both."""
        consents = shapes.consents
        topics = [Statement.ALL_TOPICS] + ([self.topic] if self.topic else [])
        about = consents.filter(consents.channel == self.channel, consents.topic.isin(topics))
        strictness = about.status.cases(*STRICTNESS.items(), else_=0)
        newest = about.mutate(
            place=ibis.row_number().over(
                group_by=("customer", "topic"), order_by=(about.stated_at.desc(), strictness.desc())
            )
        )
        newest = newest.filter(newest.place == 0)
        is_topic = newest.topic != Statement.ALL_TOPICS
        stated = newest.group_by("customer").aggregate(
            of_topic=newest.status.max(where=is_topic), of_all=newest.status.max(where=~is_topic)
        )
        withdrawn = stated.of_all == Statement.Status.WITHDRAWN
        value = ibis.ifelse(withdrawn.fill_null(False), stated.of_all, ibis.coalesce(stated.of_topic, stated.of_all))
        return stated.select("customer", value=value)

    def describe(self) -> str:
        words = {"channel": self.channel, "status": Statement.Status(self.status).label, "topic": self.topic}
        if self.topic:
            return _("consent to %(channel)s about %(topic)s is %(status)s") % words
        return _("consent to %(channel)s is %(status)s") % words
