"""Where a campaign stands, in words: the pill, what it waits for, and what stands there
before its first run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, CampaignVersion, Stage
from campaigns.models.stage import with_stage
from campaigns.triggers.schedules import next_at
from retention_site.lib.admin.words import moment
from retention_site.lib.clock import now, shop_zone

from .plan import trigger_words

State = CampaignVersion.State


@dataclass(frozen=True)
class StageWords:
    label: str
    sentences: list[str]
    icon: str  # of what stands there before its first run
    title: str
    about: str


@dataclass(frozen=True)
class StepOf:
    """One step of a campaign's way: behind it, where it stands, or before it."""

    label: str
    look: str  # done, now or next


STEPS: tuple[tuple[Stage, ...], ...] = (
    (Stage.DRAFT,),
    (Stage.IN_REVIEW,),
    (Stage.APPROVED,),
    (Stage.SCHEDULED, Stage.ARMED, Stage.PLANNING, Stage.RUNNING, Stage.FAILED),
    (Stage.MEASURING,),
    (Stage.RESULT,),
)


def steps_of(campaign: Campaign) -> list[StepOf]:
    """Return the way from draft to result, the same on every page of a campaign."""
    found = getattr(campaign, "stage", "") or (
        with_stage(Campaign.objects.all(), now()).get(pk=campaign.pk).stage
    )
    stage = Stage(found)
    place = next((n for n, stages in enumerate(STEPS) if stage in stages), None)
    labels = [
        _("Draft"),
        _("In review"),
        _("Approved"),
        _going(campaign, stage),
        _("Measuring"),
        _("Result"),
    ]
    return [
        StepOf(label, "next" if place is None or n > place else _look(n, place))
        for n, label in enumerate(labels)
    ]


def _look(n: int, place: int) -> str:
    return "now" if n == place else "done"


def _going(campaign: Campaign, stage: Stage) -> str:
    """Say what it does once it is approved: a live trigger with today's number."""
    if stage != Stage.ARMED:
        return capfirst(str(stage.label)) if stage in STEPS[3] else _("Running")

    midnight = now().astimezone(shop_zone()).replace(hour=0, minute=0, second=0)
    n = campaign.messages.filter(planned_at__gte=midnight).count()
    return ngettext("Armed, %(n)d today", "Armed, %(n)d today", n) % {"n": n}


def stage_of(campaign: Any, versions: Sequence[CampaignVersion]) -> StageWords:
    """Say where a campaign stands that came with its ``stage``; ``versions`` are the
    newest first.
    """
    stage = Stage(campaign.stage)
    approved = next((one for one in versions if one.state == State.APPROVED), None)
    waits_for = _waits_for(campaign, stage, approved)
    in_review = next((one for one in versions if one.state == State.IN_REVIEW), None)
    review = (
        _("Version %(n)d waits for a second person's approval.")
        % {"n": in_review.number}
        if in_review
        else ""
    )
    icon, title, about = _not_run(stage)
    sentences = [words for words in (waits_for, review) if words]
    return StageWords(str(stage.label), sentences, icon, title, about)


def _waits_for(
    campaign: Campaign, stage: Stage, approved: CampaignVersion | None
) -> str:
    content = approved.content if approved else {}
    if stage == Stage.ARMED:
        return _("It starts by itself: %(when)s.") % {
            "when": trigger_words(content["trigger"])
        }
    if stage == Stage.SCHEDULED:
        return _("Next: %(moment)s") % {"moment": _next(campaign)}
    if stage == Stage.APPROVED:
        return _("Nothing is sent before somebody starts a run.")
    if stage == Stage.PAUSED:
        return _("What is not sent yet waits until it is resumed.")
    return ""


def _next(campaign: Campaign) -> str:
    return moment(next_at(campaign.schedule, now()))


def _not_run(stage: Stage) -> tuple[str, str, str]:
    """Return icon, title and sentence of the place where a run's numbers will stand."""
    if stage in (Stage.DRAFT, Stage.IN_REVIEW):
        return (
            "approval",
            _("Not approved yet"),
            _("Nothing is sent before a second person approves it."),
        )
    if stage == Stage.ARMED:
        about = _(
            "Nobody has given it an occasion so far. Each customer who does appears"
            " here."
        )
        return "bolt", _("It is armed and waits"), about
    about = _(
        "A run freezes the audience, draws the control group, and writes one decision"
        " for each customer."
    )
    return "rocket_launch", _("It has not run yet"), about
