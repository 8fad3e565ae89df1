"""Follow one customer through a journey as it happened, from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from campaigns.content.journey_graph import Graph
from campaigns.content.model import CONTROL
from campaigns.models import (
    Campaign,
    JourneyEnrolment,
    JourneyStep,
    JourneyToken,
    Message,
)
from campaigns.planning.decide import CONTROL_GROUP, GLOBAL_HOLDOUT
from campaigns.proof.journeys.diary import Told, Visit, Way, diary, sentences
from campaigns.proof.journeys.step_counts import graphs_of
from profiles.models import Customer

MESSAGE_KEY = "journey:{enrolment}:{visit}"


def follow(journey: Campaign, customer: Customer) -> dict[str, Any]:
    """Return each entry of a customer with every step, message and reason; of somebody
    who was joined to another, both ways.
    """
    person = customer.merged_into or customer
    enrolments = list(
        JourneyEnrolment.objects.filter(journey=journey)
        .filter(customer__in=[person, *person.merged.all()])
        .select_related("version")
    )
    entries = diary(_ways(journey, enrolments))
    return {
        "journey": journey.name,
        "customer": customer.external_id,
        "is_rehearsed": False,
        "entries": entries,
        "sentences": sentences(entries),
    }


def _ways(journey: Campaign, enrolments: list[JourneyEnrolment]) -> list[Way]:
    graphs, ids = graphs_of(journey), [one.pk for one in enrolments]
    steps: dict[int, list[JourneyStep]] = defaultdict(list)
    for step in JourneyStep.objects.filter(enrolment__in=ids).order_by("visit"):
        steps[step.enrolment_id].append(step)
    tokens = {
        one.enrolment_id: one for one in JourneyToken.objects.filter(enrolment__in=ids)
    }
    messages = _messages(steps)
    return [
        _way(one, steps[one.pk], tokens.get(one.pk), graphs, messages)
        for one in enrolments
    ]


def _messages(steps: Mapping[int, list[JourneyStep]]) -> dict[str, Message]:
    keys = [
        MESSAGE_KEY.format(enrolment=step.enrolment_id, visit=step.visit)
        for some in steps.values()
        for step in some
    ]
    return {one.dedupe_key: one for one in Message.objects.filter(dedupe_key__in=keys)}


def _way(
    enrolment: JourneyEnrolment,
    steps: list[JourneyStep],
    token: JourneyToken | None,
    graphs: Mapping[int, Graph],
    messages: Mapping[str, Message],
) -> Way:
    visits, arrived = [], enrolment.entered_at
    for step in steps:
        key = MESSAGE_KEY.format(enrolment=enrolment.pk, visit=step.visit)
        visits.append(
            Visit(
                graphs[step.version_id].places[step.place],
                arrived,
                step.at,
                step.outcome,
                _told(messages.get(key)),
            )
        )
        arrived = step.at
    if token is not None:
        place = graphs[token.version_id].places[token.place]
        visits.append(Visit(place, token.arrived_at, None))
    return Way(
        enrolment.entered_at,
        enrolment.key,
        _held_by(enrolment),
        visits,
        enrolment.ended_at,
        enrolment.reason,
        enrolment.version.number,
    )


def _held_by(enrolment: JourneyEnrolment) -> str:
    if enrolment.is_held_out:
        return GLOBAL_HOLDOUT
    return CONTROL_GROUP if enrolment.arm == CONTROL else ""


def _told(message: Message | None) -> Told | None:
    if message is None:
        return None
    return Told(
        message.state,
        message.reason,
        message.channel,
        message.why,
        message.sent_at or message.not_before,
    )
