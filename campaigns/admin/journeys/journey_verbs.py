"""What one may do with a journey from its page: publish, pause, resume, let nobody in any
more, stop. Each is one call of the core.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.journeys.step_words import title_of, words_of
from campaigns.content.journey_outline import walk
from campaigns.lifecycle.journeys import journey_state
from campaigns.lifecycle.journeys.move_map import LEAVE
from campaigns.lifecycle.journeys.publish import publish, standing
from campaigns.models import Campaign, CampaignVersion
from retention_site.lib.admin.pages import link, person, show
from retention_site.lib.admin.verbs import Verb

MOVE, FINISH = "move", "finish"
STEP = "step:"  # before the name of an old step in the dialog's form


def verbs(journey: Campaign, version: CampaignVersion | None) -> list[Verb]:
    """Return what holds a journey back or lets it go on; ``version`` is approved."""
    state = journey_state.state_of(journey)
    if state == "stopped":
        return []
    found = [_publish(journey, version, state)] if version else []
    if state == "paused":
        found.append(Verb("resume", _("Resume"), "play_circle", "main"))
    elif state in ("published", "draining"):
        found.append(Verb("pause", _("Pause"), "pause_circle"))
    if state == "published":
        asks = _("Let nobody in any more? Those inside go on to the end.")
        found.append(Verb("drain", _("Drain"), "door_front", "", asks))
    if state != "draft":
        asks = _("Stop for good? Everybody inside leaves, waiting messages go.")
        found.append(Verb("stop", _("Stop"), "stop_circle", "danger", asks))
    return [one for one in found if one is not None]


def _publish(journey: Campaign, version: CampaignVersion, state: str) -> Any:
    """Offer to publish what is approved and not let in yet, or to open it again."""
    newest = journey.publications.order_by("-pk").first()
    is_new = newest is None or newest.version_id != version.pk
    if not is_new and state != "draining":
        return None
    label = _("Publish version %(n)d") % {"n": version.number}
    return Verb(
        "publish",
        label if is_new else _("Let people in again"),
        "publish",
        "main" if state != "paused" else "",
        dialog=reverse("journey-publish", args=[journey.pk]),
        about=f"{version.number}:{version.hash}",
    )


def do_publish(request: HttpRequest, journey: Campaign) -> str:
    """Publish the approved version, and do with those inside what was chosen."""
    moves = None
    if request.POST.get("inside") == MOVE:
        moves = {
            key.removeprefix(STEP): str(value)
            for key, value in request.POST.items()
            if key.startswith(STEP) and value
        }
    published = publish(
        journey,
        by=person(request),
        finish_on_old=request.POST.get("inside") == FINISH,
        moves=moves,
    )
    words = _("Version %(n)d is published.") % {"n": published.version.number}
    if published.n_moved:
        moved = ngettext("%(n)d moved.", "%(n)d moved.", published.n_moved)
        words += " " + moved % {"n": published.n_moved}
    if published.n_left:
        left = ngettext("%(n)d left.", "%(n)d left.", published.n_left)
        words += " " + left % {"n": published.n_left}
    return words


def do_drain(_request: HttpRequest, journey: Campaign) -> str:
    journey_state.drain(journey)
    return _("Nobody enters any more; those inside go on to the end.")


def do_pause(_request: HttpRequest, journey: Campaign) -> str:
    journey_state.pause(journey)
    return _("Paused: everybody stays where they are.")


def do_resume(request: HttpRequest, journey: Campaign) -> str:
    journey_state.resume(journey, by=person(request))
    return _("The journey goes on.")


def do_stop(_request: HttpRequest, journey: Campaign) -> str:
    n = journey_state.stop(journey)
    words = ngettext(
        "Stopped; %(n)d customer left.", "Stopped; %(n)d customers left.", n
    )
    return words % {"n": n}


def ask_to_publish(request: HttpRequest, journey: int) -> HttpResponse:
    """Show how many stand at each step, and what may become of them."""
    found = get_object_or_404(Campaign.objects.journeys(), pk=journey)
    version = found.approved_version
    if version is None:
        return redirect(link(found))
    inside = [one for one in standing(found) if one.version.pk != version.pk]
    dialog = "admin/campaigns/journeys/publish_dialog.html"
    context = {
        "title": _("Publish"),
        "object": found,
        "version": version,
        "about": f"{version.number}:{version.hash}",
        "inside": [_standing(one) for one in inside],
        "n_inside": sum(one.n for one in inside),
        "steps": [
            (str(step.get("key")), f"{title_of(step)}: {words_of(step)}"[:90])
            for _place, step in walk(version.content)
        ],
        "leave": LEAVE,
        "do": reverse("admin:campaigns_campaign_do", args=[found.pk, "publish"]),
        "dialog": dialog,
    }
    if request.headers.get("X-Dialog"):
        return render(request, dialog, context)
    return show(request, admin.site, "admin/campaigns/campaign/run.html", context)


def _standing(one: Any) -> dict[str, Any]:
    step = next(
        (s for _p, s in walk(one.version.content) if s.get("key") == one.step), None
    )
    return {
        "name": f"{STEP}{one.step}",
        "step": one.step,
        "words": f"{title_of(step)}: {words_of(step)}",
        "version": one.version.number,
        "n": one.n,
    }
