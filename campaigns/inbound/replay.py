"""Try again what was refused: webhook calls and occasions of a campaign that can take them now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from campaigns.models import Campaign, InboundWebhook, Occasion
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

PROCESS, START = "campaigns.tasks.process_webhooks", "campaigns.tasks.start_occasions"
CALLS, OCCASIONS = InboundWebhook.State, Occasion.State


def refused_calls(campaign: Campaign | None = None) -> QuerySet[InboundWebhook]:
    """Return the calls that may be tried again; of one whose customer was erased nothing is left to try."""
    found = InboundWebhook.objects.filter(
        state=CALLS.REFUSED, hook__isnull=False
    ).exclude(payload={})
    return found.filter(hook__campaign=campaign) if campaign else found


def missed_occasions(campaign: Campaign | None = None) -> QuerySet[Occasion]:
    """Return the occasions that were refused or came too late and may be started after all."""
    found = Occasion.objects.filter(
        state__in=[OCCASIONS.REFUSED, OCCASIONS.EXPIRED],
        campaign__state__in=[Campaign.State.ACTIVE, Campaign.State.PAUSED],
    )
    return found.filter(campaign=campaign) if campaign else found


def replay_calls(calls: QuerySet[InboundWebhook]) -> int:
    """Let calls be processed again; what was sent for the same key is not sent twice."""
    n = calls.filter(state=CALLS.REFUSED).update(
        state=CALLS.RECEIVED, detail="", processed_at=None
    )
    wake(PROCESS)
    return n


def replay_occasions(occasions: QuerySet[Occasion]) -> int:
    """Let occasions start now, as if they were due at this moment."""
    n = occasions.filter(state__in=[OCCASIONS.REFUSED, OCCASIONS.EXPIRED]).update(
        state=OCCASIONS.WAITING, reason="", due_at=now(), ended_at=None
    )
    wake(START)
    return n


def replay(campaign: Campaign, since: datetime | None = None) -> dict[str, int]:
    """Try again everything of a campaign that was refused or came too late, of calls and days since then."""
    calls, occasions = refused_calls(campaign), missed_occasions(campaign)
    if since:
        calls, occasions = (
            calls.filter(received_at__gte=since),
            occasions.filter(happened_at__gte=since),
        )
    return {"webhooks": replay_calls(calls), "occasions": replay_occasions(occasions)}
