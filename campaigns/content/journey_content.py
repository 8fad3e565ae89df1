"""What makes a campaign a journey: its steps, how often one may enter, what ends it
early. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaigns.content import journey_graph, journey_steps
from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.model import Content
from campaigns.content.triggers import CUSTOMER, PENDING_CONSENT

# what a message step says as a campaign does; the journey may say it for all of them
SHARED_KEYS = (
    "channels",
    "preferred",
    "partials",
    "recommendations",
    "limits",
    "quiet_hours",
    "expires_after_hours",
    "priority",
    "send_time",
    "must_arrive",
)
STEP_KEYS = ("messages", "offer", *SHARED_KEYS)
# what a message step has of its journey and can't say otherwise
JOURNEY_KEYS = ("kind", "goal", "topic", "campaign_class", "global_holdout")

CALLED = ("api", "webhook")  # the caller's key is the object

ReadContent = Callable[[Mapping[str, Any]], Content]


def read(top: Section, read_content: ReadContent) -> dict[str, Any]:
    """Take the keys of a journey; raise `BadCampaign` naming the step.

    The words of each message step are read as a campaign's, so that whatever a
    campaign is told is told here, too.
    """

    def read_message(section: Section) -> dict[str, Any]:
        said = dict(section.raw)
        for key in said:
            if key not in STEP_KEYS:
                raise section.refuse(
                    str(key), f"a message step says {', '.join(STEP_KEYS)}."
                )
        try:
            read_content(message_mapping(top.raw, said, "step"))
        except BadCampaign as error:
            raise BadCampaign(section.at(str(error))) from error
        section.taken |= set(said)
        return said

    steps = journey_steps.steps(top, read_message)
    graph = journey_graph.graph_of(steps)
    if lost := journey_graph.unreachable(graph):
        where = journey_steps.paths(steps)[lost[0]]
        raise BadCampaign(f"{where}: can't be reached; every way ends before.")
    return {
        "steps": tuple(steps),
        "again": journey_steps.again(top),
        "leave": top.read("leave", journey_steps.leave),
    }


def message_mapping(
    journey: Mapping[str, Any], step: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Return what a message step says as a campaign of its own: the step's words, all
    else the journey's. Chance has held back at the entry; a step holds nobody out.
    """
    inherited = {
        key: journey[key]
        for key in (*JOURNEY_KEYS, *SHARED_KEYS)
        if journey.get(key) is not None
    }
    called = {"kind": "api", "sample": _sample(journey)}
    own = {"name": name, "trigger": called, "holdout": 0}
    return {**inherited, **step, **own}


def _sample(journey: Mapping[str, Any]) -> Any:
    """What lets people in is what each step's words find as `data`."""
    trigger = journey.get("trigger")
    return trigger.get("sample", {}) if isinstance(trigger, Mapping) else {}


def check(content: Content) -> None:
    """Refuse what belongs to one message and not to a journey."""
    if content.messages or content.offer or len(content.arms) > 1:
        raise BadCampaign(
            "steps: messages, offer and arms stand in a journey's steps, not beside"
            " them."
        )
    if content.allocation:
        raise BadCampaign("allocation: a journey's shares are laid down, not learned.")
    plan = content.trigger
    if plan is None and content.schedule is None:
        raise BadCampaign(
            "trigger: is missing: a trigger, or a schedule with a segment, says who"
            " enters."
        )
    if plan and plan.kind == PENDING_CONSENT:
        raise BadCampaign("trigger.kind: a consent is confirmed by one campaign.")
    for key in ("delay", "cool_down", "cancel_if"):
        if plan and getattr(plan, key):
            raise BadCampaign(f"trigger.{key}: {INSTEAD[key]}")
    _check_object(content)


INSTEAD = {
    "delay": "a journey waits by a step of its own: `wait: 1 hour`.",
    "cool_down": "how soon one may enter again stands in `again`.",
    "cancel_if": "what ends a journey stands in `leave.goal`.",
}


def _check_object(content: Content) -> None:
    """Refuse an object that is asked for where nobody enters with one."""
    if content.leave and content.leave["same"] and not _has_object(content):
        raise BadCampaign(
            "leave.same: nobody enters by an object; trigger.key names it, such as"
            " cart_id."
        )
    places = journey_steps.paths(list(content.steps))
    for step in journey_steps.walk(list(content.steps)):
        says = step.get("wait_until")
        if says and says["same"] and not _has_object(content):
            raise BadCampaign(
                f"{places[step['key']]}.wait_until.same: nobody enters by an object;"
                " trigger.key names it, such as cart_id."
            )


def _has_object(content: Content) -> bool:
    plan = content.trigger
    return plan is not None and (
        plan.kind in CALLED or (plan.kind == "event" and plan.key not in ("", CUSTOMER))
    )
