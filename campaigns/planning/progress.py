"""How far a run has come: its rows counted by state, whatever a worker is doing at the
moment.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from campaigns.delivery.limits import brake
from campaigns.models import Campaign, Message, Run, SendingPause
from retention_site.lib.clock import now

State = Message.State
ON_ITS_WAY = (State.LEASED, State.SENDING, State.UNCERTAIN)


def held_back_by(run: Run) -> str:
    """Say in a sentence what keeps a run's messages from leaving now; nothing where nothing does."""
    if Campaign.objects.filter(
        pk=run.campaign_id, state=Campaign.State.PAUSED
    ).exists():
        return f"{run.campaign} is paused: its messages wait until it is resumed."
    if (pause := SendingPause.objects.first()) is not None:
        return f"All sending is paused: messages wait. {pause.reason}".strip()
    if run.campaign.kind != "transactional" and brake.is_pulled():
        return "All marketing is paused by the brake: messages wait."
    return ""


def progress_of(run: Run) -> dict[str, Any]:
    """Return decisions, states and how many messages may go now (`due`) or wait for a
    later hour (`waiting`).
    """
    run.refresh_from_db()
    rows = Message.objects.filter(run=run)
    states = dict(rows.values_list("state").annotate(n=Count("id")).order_by("state"))
    held = dict(
        rows.filter(state=State.HELD)
        .values_list("reason")
        .annotate(n=Count("id"))
        .order_by("reason")
    )
    may_go = Q(state=State.QUEUED, not_before__lte=now()) & ~Q(campaign__state="paused")
    return {
        "campaign": run.campaign.name,
        "run": run.pk,
        "state": run.state,
        "as_of": run.as_of,
        "audience": {"n": run.n_audience, "hash": run.audience_hash},
        "decisions": {"send": sum(states.values()) - sum(held.values()), "hold": held},
        "states": states,
        "paused": held_back_by(run),
        "due": rows.filter(may_go | Q(state__in=ON_ITS_WAY)).count(),
        "waiting": rows.filter(Q(state=State.QUEUED) & ~may_go).count(),
    }
