"""What one may do with a campaign from its page: approve, run, pause, resume, stop.
Each is one call of the core.

The core is imported when it is called: every process loads the admin, few of them plan
campaigns.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.journeys import journey_verbs
from campaigns.content.changes import summary
from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import campaign_state, resend
from campaigns.lifecycle.approve import CannotApprove, approve, seen_version
from campaigns.lifecycle.approvers import MAY_APPROVE
from campaigns.lifecycle.campaign_state import CannotChange
from campaigns.lifecycle.journeys.move_map import BadMap
from campaigns.lifecycle.journeys.publish import CannotPublish
from campaigns.models import Campaign, CampaignVersion, Message, Resending, Run
from campaigns.planning import launch_guard
from campaigns.planning.launch import CannotLaunch, approved_as_seen, launch
from campaigns.proof.reports import refresh_reports
from retention_site.lib.admin.verbs import Verb
from retention_site.lib.states import InvalidTransition

State = Campaign.State


class CampaignVerbs:
    """The verbs of `CampaignAdmin`."""

    def refusals(self) -> tuple[type[Exception], ...]:
        return (
            InvalidTransition,
            CannotApprove,
            CannotLaunch,
            CannotChange,
            BadCampaign,
            CannotPublish,
            BadMap,
        )

    def verbs(self, request: HttpRequest, obj: Campaign) -> list[Verb]:
        if obj.origin == Campaign.Origin.IMPORTED:
            return []
        if obj.state == State.STOPPED:
            return _measure(obj)
        is_journey = obj.origin == Campaign.Origin.JOURNEY
        versions = list(obj.versions.all())
        waiting = [
            version
            for version in versions
            if version.state == CampaignVersion.State.IN_REVIEW
        ]
        approved = [
            version
            for version in versions
            if version.state == CampaignVersion.State.APPROVED
        ]
        return [
            *(_approve(version, request) for version in waiting[:1]),
            *(
                _run(version, obj)
                for version in approved[:1]
                if version.content.get("segment") and not is_journey
            ),
            *(
                journey_verbs.verbs(obj, next(iter(approved), None))
                if is_journey
                else _hold(obj)
            ),
            *_again(obj, request),
            *_measure(obj),
        ]

    def stale(self, request: HttpRequest, obj: Campaign, verb: Verb) -> str:
        """Say which version was seen, which one there is now, and what it changes."""
        if verb.key not in ("approve", "run", "publish"):
            return _(
                "Nothing was done: you saw another number of messages. Look again, then"
                " decide."
            )
        number, _hashed = _seen(request)
        seen = obj.versions.filter(number=number or 0).first()
        current = obj.versions.filter(number=_parts(verb.about)[0] or 0).first()
        changed = summary(seen.content, current.content) if seen and current else ""
        return _(
            "Nothing was done: you saw version %(seen)s, now it is version %(now)s."
            " %(changed)s"
        ) % {
            "seen": number or "?",
            "now": current.number if current else "?",
            "changed": changed,
        }

    def do_approve(self, request: HttpRequest, obj: Campaign) -> str:
        version = seen_version(obj, *_seen(request))
        if _is_armed_by(version):
            launch_guard.check(version, request.POST.get("again", ""))
        version = approve(version, by=request.user)  # type: ignore[arg-type]
        return _("%(version)s is approved; from now on its content can't change.") % {
            "version": version
        }

    def do_run(self, request: HttpRequest, obj: Campaign) -> str:
        version = approved_as_seen(obj, *_seen(request))
        launch_guard.check(version, request.POST.get("again", ""))
        by: Any = request.user
        key = f"admin:{version.pk}:{request.POST.get('once', '')}"
        launch(version, key=key, started_by=by.get_username(), by=by)
        return _("The run has started: its audience is being chosen.")

    def do_publish(self, request: HttpRequest, obj: Campaign) -> str:
        return journey_verbs.do_publish(request, obj)

    def do_drain(self, request: HttpRequest, obj: Campaign) -> str:
        return journey_verbs.do_drain(request, obj)

    def do_pause(self, request: HttpRequest, obj: Campaign) -> str:
        if obj.origin == Campaign.Origin.JOURNEY:
            return journey_verbs.do_pause(request, obj)
        campaign_state.pause(obj)
        return _("Paused: what is not sent yet waits.")

    def do_resume(self, request: HttpRequest, obj: Campaign) -> str:
        if obj.origin == Campaign.Origin.JOURNEY:
            return journey_verbs.do_resume(request, obj)
        campaign_state.resume(obj, by=request.user)
        return _("The campaign goes on.")

    def do_ask_again(self, request: HttpRequest, obj: Campaign) -> str:
        asked = resend.ask(obj, by=request.user, seen=_seen(request)[0])  # type: ignore[arg-type]
        return _("Asked: a second person decides about %(n)d messages.") % {
            "n": asked.n
        }

    def do_send_again(self, request: HttpRequest, obj: Campaign) -> str:
        n = resend.approve(obj, by=request.user, seen=_seen(request)[0])  # type: ignore[arg-type]
        return ngettext(
            "%(n)d message is sent again.", "%(n)d messages are sent again.", n
        ) % {"n": n}

    def do_measure(self, request: HttpRequest, obj: Campaign) -> str:
        run = (
            obj.runs.filter(state__in=refresh_reports.MEASURED).order_by("-pk").first()
        )
        if run is None:
            return _("There is no run to measure.")
        refresh_reports.measure(run, by=request.user)  # type: ignore[arg-type]
        return _("It is being measured; the result stands here in a moment.")

    def do_stop(self, request: HttpRequest, obj: Campaign) -> str:
        if obj.origin == Campaign.Origin.JOURNEY:
            return journey_verbs.do_stop(request, obj)
        n = campaign_state.stop(obj)
        words = ngettext(
            "Stopped; %(n)d message was cancelled.",
            "Stopped; %(n)d messages were cancelled.",
            n,
        )
        return words % {"n": n}


def _seen(request: HttpRequest) -> tuple[int | None, str]:
    """Return what the page had shown: the number of a version or of messages, and a
    hash.
    """
    return _parts(request.POST.get("about", ""))


def _parts(about: str) -> tuple[int | None, str]:
    number, _colon, hashed = about.partition(":")
    return (int(number) if number.isdecimal() and len(number) < 19 else None), hashed


def about(version: CampaignVersion) -> str:
    return f"{version.number}:{version.hash}"


def _is_armed_by(version: CampaignVersion) -> bool:
    """Approval starts a campaign with a trigger; a journey is published by itself."""
    return bool(version.content.get("trigger") and not version.content.get("steps"))


def _approve(version: CampaignVersion, request: HttpRequest) -> Verb:
    own = version.author_id == request.user.pk
    why_not = _("You wrote this version; a second person approves it.") if own else ""
    asks = _("Approve this version? What is approved is what is sent.")
    label = _("Approve version %(n)d") % {"n": version.number}
    return Verb(
        "approve",
        label,
        "approval",
        "main",
        asks,
        why_not,
        dialog=(
            reverse("campaign-arm", args=[version.campaign_id])
            if _is_armed_by(version)
            else ""
        ),
        right=MAY_APPROVE,
        about=about(version),
    )


def _run(version: CampaignVersion, campaign: Campaign) -> Verb:
    moving = any(
        run.state in (Run.State.PLANNING, Run.State.SENDING)
        for run in campaign.runs.order_by("-id")[:1]
    )
    why_not = ""
    if campaign.archived_at:
        why_not = _("It is archived; bring it back first.")
    elif campaign.state != State.ACTIVE:
        why_not = _("Resume the campaign first.")
    elif moving:
        why_not = _("A run is on its way.")
    asks = _("Start a run of version %(n)d now? Messages will leave.") % {
        "n": version.number
    }
    dialog = reverse("campaign-run", args=[campaign.pk])
    return Verb(
        "run",
        _("Run now"),
        "rocket_launch",
        "",
        asks,
        why_not,
        dialog=dialog,
        about=about(version),
    )


def _hold(campaign: Campaign) -> list[Verb]:
    stop = Verb(
        "stop",
        _("Stop"),
        "stop_circle",
        "danger",
        _("Stop for good? Waiting messages are cancelled."),
    )
    if campaign.state == State.STOPPED:
        return []  # that was for good
    if campaign.state == State.ACTIVE:
        return [Verb("pause", _("Pause"), "pause_circle"), stop]
    resume = Verb("resume", _("Resume"), "play_circle", "main")
    return [resume, stop]


def _measure(campaign: Campaign) -> list[Verb]:
    """What it changed is measured once a day; who can't wait measures now."""
    if not campaign.runs.filter(state__in=refresh_reports.MEASURED).exists():
        return []
    why_not = (
        _("It is being measured.") if refresh_reports.is_measuring(campaign) else ""
    )
    return [Verb("measure", _("Measure now"), "monitoring", "", "", why_not)]


def _again(campaign: Campaign, request: HttpRequest) -> list[Verb]:
    """Messages of which nobody knows whether they arrived: one person asks, another one
    decides.
    """
    n = campaign.messages.filter(state=Message.State.UNKNOWN).count()
    if not n:
        return []
    asked = Resending.objects.filter(campaign=campaign, approved_at=None).first()
    if asked is None:
        label = ngettext("Resend %(n)d unknown", "Resend %(n)d unknown", n) % {"n": n}
        asks = _(
            "Ask a second person to send them again? Some customers may get the message"
            " twice."
        )
        return [Verb("ask_again", label, "forward_to_inbox", "", asks, about=str(n))]
    why_not = (
        _("You asked; a second person decides.")
        if asked.asked_by_id == request.user.pk
        else ""
    )
    label = ngettext("Approve resending %(n)d", "Approve resending %(n)d", asked.n) % {
        "n": asked.n
    }
    asks = _("Send them again? Some customers may get the message twice.")
    return [
        Verb(
            "send_again",
            label,
            "forward_to_inbox",
            "main",
            asks,
            why_not,
            right=MAY_APPROVE,
            about=str(asked.pk),
        )
    ]
