"""A journey's own page: the tree with how many stand at each step, who is inside, and
what was published.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.admin.journey_results.places import places
from campaigns.admin.journeys import counts
from campaigns.admin.journeys.differences import between
from campaigns.admin.journeys.head import heads
from campaigns.admin.journeys.steppers import state_of, steps_of
from campaigns.admin.journeys.tree import tree_of
from campaigns.lifecycle.journeys import journey_state
from campaigns.models import Campaign, CampaignVersion
from profiles.admin.rights import CUSTOMERS

State = CampaignVersion.State
MOST_VERSIONS = 20


def facts(request: HttpRequest, journey: Campaign) -> dict[str, Any]:
    """Return what the page shows; of a journey that was never sent for review, its
    draft.
    """
    versions = list(
        journey.versions.select_related("author", "approver").order_by("-number")
    )
    published = journey.publications.select_related("version", "by").order_by("-pk")
    newest = published.first()
    shown = newest.version if newest else next(iter(versions), None)
    draft = getattr(journey, "draft", None)
    document = shown.content if shown else draft.content if draft else {}
    counted = counts.of_steps(journey, shown) if newest else None
    state, words = state_of(journey)
    if state == "running" and journey_state.state_of(journey) == "draining":
        state, words = "draining", _("Nobody enters any more")
    return {
        "state": state,
        "state_words": words,
        "stepper": steps_of(journey),
        "shown": shown,
        "heads": heads(document),
        "tree": tree_of(document, counts=counted.steps if counted else None),
        "counted": counted,
        "published": newest,
        "publications": list(published[:MOST_VERSIONS]),
        "versions": versions[:MOST_VERSIONS],
        "waiting": _waiting(versions),
        "results": places(request, journey),
        "people_address": (
            reverse("journey-people", args=[journey.pk])
            if newest and request.user.has_perm(CUSTOMERS)
            else ""
        ),
        "trail_title": journey.name,
        "crumbs": [(_("Journeys"), reverse("admin:campaigns_journey_changelist"))],
    }


def _waiting(versions: list[CampaignVersion]) -> dict[str, Any] | None:
    """The version that waits for approval, and what it changes in words."""
    waiting = next((one for one in versions if one.state == State.IN_REVIEW), None)
    if waiting is None:
        return None
    approved = next((one for one in versions if one.state == State.APPROVED), None)
    changed = between(approved.content, waiting.content) if approved else []
    return {"version": waiting, "approved": approved, "changed": changed}
