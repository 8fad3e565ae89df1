"""Where a journey stands: draft, in review, approved, published, paused or stopped."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.admin.campaign.campaign_stage import StepOf
from campaigns.models import Campaign, CampaignVersion

State = CampaignVersion.State


def steps_of(campaign: Campaign) -> list[StepOf]:
    """Return the way from draft to published."""
    states = set(campaign.versions.values_list("state", flat=True))
    is_published = campaign.publications.exists()
    place = 0
    if State.IN_REVIEW in states:
        place = 1
    if State.APPROVED in states:
        place = 2
    if is_published:
        place = 3
    last = {
        Campaign.State.PAUSED: _("Paused"),
        Campaign.State.STOPPED: _("Stopped"),
    }.get(Campaign.State(campaign.state), _("Running"))
    labels = [_("Draft"), _("In review"), _("Approved"), last]
    return [StepOf(label, _look(n, place)) for n, label in enumerate(labels)]


def _look(n: int, place: int) -> str:
    if n == place:
        return "now"
    return "done" if n < place else "next"


def state_of(journey: Campaign) -> tuple[str, str]:
    """Return a journey's state and what it is called, from what was fetched with it."""
    if journey.state == Campaign.State.STOPPED:
        return "stopped", _("Stopped")
    if journey.state == Campaign.State.PAUSED:
        return "paused", _("Paused")
    if journey.publications.all():
        return "running", _("Running")
    states = {one.state for one in journey.versions.all()}
    if State.IN_REVIEW in states:
        return "in_review", _("In review")
    if State.APPROVED in states:
        return "approved", _("Approved")
    return "draft", _("Draft")
