"""Which triggers are watched for: set up by approval, ended by a version without one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.content import triggers
from campaigns.content.model import Content, TriggerPlan
from campaigns.models import Campaign, Trigger
from campaigns.triggers import item_snapshots
from retention_site.lib.clock import now
from retention_site.lib.transactions import first_open

# a new trigger may be missed so long by the quick way; the sweep finds what it missed
REMEMBER_SECONDS = 2.0
BACK, DROP = "back_in_stock", "price_drop"


@dataclass(frozen=True)
class Watched:
    """One active trigger."""

    id: int
    campaign: int
    plan: TriggerPlan
    delay: timedelta = timedelta(0)
    # so long after its time an occasion may still start
    useful: timedelta = timedelta(0)
    # so long ago something may have happened when we learn of it
    age: timedelta = timedelta(0)

    @classmethod
    def of(cls, trigger: Trigger) -> Watched:
        plan = plan_of(trigger)
        useful = timedelta(hours=trigger.plan.get("expires_after_hours") or 0)
        age = triggers.span(plan.not_older_than)
        return cls(
            trigger.pk,
            trigger.campaign_id,
            plan,
            triggers.span(plan.delay),
            useful,
            age,
        )

    def earliest(self, moment: datetime) -> datetime:
        """Return since when what happened may start something: neither too late to be of use nor too old."""
        return moment - min(self.delay + self.useful, self.age)


def plan_of(trigger: Trigger) -> TriggerPlan:
    """Read a trigger's plan as it was approved."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in trigger.plan.items()
        if name in TriggerPlan.__dataclass_fields__
    }
    return TriggerPlan(**known)


def settle(campaign: Campaign, content: Content) -> None:
    """Make a campaign's trigger what its approved version says; what happened before it
    is not made up for.
    """
    plan = content.trigger
    if plan is None:
        Trigger.objects.filter(campaign=campaign).update(is_active=False)
    else:
        if plan.kind in (BACK, DROP) and not active(BACK, DROP):
            item_snapshots.remember()  # what changed while nobody watched is no news
        stored = {**asdict(plan), "expires_after_hours": content.expires_after_hours}
        trigger, is_new = Trigger.objects.select_for_update().get_or_create(
            campaign=campaign,
            defaults={
                "kind": plan.kind,
                "plan": stored,
                "since": now(),
                "watermark": first_open(),
            },
        )
        if not is_new:
            since = (
                trigger.since
                if trigger.is_active and trigger.kind == plan.kind
                else now()
            )
            Trigger.objects.filter(pk=trigger.pk).update(
                kind=plan.kind, plan=stored, since=since, looked_at=None, is_active=True
            )
    forget()


def active(*kinds: str) -> list[Watched]:
    """Return the active triggers of some kinds."""
    return [
        Watched.of(one)
        for one in Trigger.objects.filter(is_active=True, kind__in=kinds).order_by("pk")
    ]


def watching_events() -> list[Watched]:
    """Return the triggers that wait for events; remembered for moments, since every
    event asks.
    """
    global _known, _known_until
    if time.monotonic() >= _known_until:
        _known, _known_until = active("event"), time.monotonic() + REMEMBER_SECONDS
    return _known


def forget() -> None:
    """Ask the database again next time."""
    global _known_until
    _known_until = 0.0


def event_types(watched: Iterable[Watched]) -> set[str]:
    return {event.casefold() for one in watched for event in one.plan.events}


_known: list[Watched] = []
_known_until = 0.0
