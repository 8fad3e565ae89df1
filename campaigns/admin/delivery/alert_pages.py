"""What is wrong, what was wrong lately, and the pause of everything."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.delivery.alerting.alarms import silent_sweeps
from campaigns.models import Alert, Message, SendingPause, SignOfLife
from retention_site.lib.admin.pages import show
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

CHANGE = "campaigns.change_campaign"
SHOWN = 30
SEND = "campaigns.tasks.send_due"
ICONS = {
    "queue": "hourglass_top",
    "unknown": "help",
    "uncertain": "help",
    "provider": "block",
    "run": "error",
    "schedule": "event_busy",
    "webhook": "webhook",
    "occasion": "bolt",
    "pause": "pause_circle",
    "brake": "front_hand",
    "sweep": "heart_broken",
    "erasure": "person_remove",
    "coupons": "confirmation_number",
}


def page(request: HttpRequest) -> HttpResponse:
    """Show alerts; a sweep that is dead can't tell of itself, so that is looked at
    here.
    """
    told = set(
        Alert.objects.filter(kind="sweep", ended_at=None).values_list(
            "subject", flat=True
        )
    )
    context = {
        "title": _("Alerts"),
        "open": [
            (alert, ICONS.get(alert.kind, "warning"))
            for alert in Alert.objects.filter(ended_at=None)
        ],
        "silent": [
            alarm.words for alarm in silent_sweeps() if alarm.subject not in told
        ],
        "over": Alert.objects.exclude(ended_at=None).order_by("-ended_at")[:SHOWN],
        "pause": SendingPause.objects.select_related("by").first(),
        "may_pause": request.user.has_perm(CHANGE),
        "lanes": _lanes(),
        "signs": SignOfLife.objects.order_by("name"),
        "n_unknown": Message.objects.filter(state=Message.State.UNKNOWN).count(),
    }
    return show(request, admin.site, "admin/campaigns/alerts.html", context)


@require_POST
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """Let all sending stand still, or go on."""
    by: Any = request.user
    if not by.has_perm(CHANGE):
        raise PermissionDenied
    if verb == "pause":
        SendingPause.objects.get_or_create(
            id=1, defaults={"by": by, "reason": request.POST.get("reason", "")}
        )
        messages.success(
            request, _("All sending stands still; at most one batch was on its way.")
        )
    elif verb == "resume":
        SendingPause.objects.all().delete()
        for lane in ("triggered", "bulk"):
            wake(SEND, lane)
        messages.success(request, _("Sending goes on."))
    return redirect("alerts")


def _lanes() -> list[dict[str, Any]]:
    """What may leave now, by lane, and since when the oldest waits."""
    due = Message.objects.queued().filter(not_before__lte=now()).order_by()
    rows = (
        due.values("lane")
        .annotate(n=Count("pk"), oldest=Min("not_before"))
        .order_by("lane")
    )
    return [
        {**row, "minutes": (now() - row["oldest"]).total_seconds() / 60} for row in rows
    ]
