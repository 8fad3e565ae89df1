"""What runs now: how far each campaign is, and when it sends next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest

from campaigns.models import Campaign, Message, Schedule, Stage
from campaigns.triggers.schedules import next_at
from retention_site.lib.admin.pages import link
from retention_site.lib.clock import now

RUNNING = (Stage.RUNNING, Stage.PLANNING, Stage.SCHEDULED, Stage.ARMED)
MOST = 6


@dataclass(frozen=True)
class Moving:
    """One campaign that runs, waits for its time, or waits for a customer."""

    title: str
    address: str
    stage: str
    stage_words: str
    share_done: float | None  # of the newest run
    next_at: datetime | None
    n_today: int | None  # of one that a customer starts


def moving(request: HttpRequest) -> list[Moving]:
    """Return the campaigns that move, those that send now first."""
    rows = admin.site._registry[Campaign].get_queryset(request)
    found = list(rows.filter(stage__in=RUNNING).order_by("-run_id", "-pk")[:MOST])
    found.sort(key=lambda row: RUNNING.index(row.stage))
    today, times = _today(found), _times(found)
    return [_moving(row, today, times) for row in found]


def _moving(row: Any, today: dict[int, int], times: dict[int, datetime]) -> Moving:
    is_sending = row.stage == Stage.RUNNING and row.n_to_send
    return Moving(
        str(row),
        link(row),
        row.stage,
        str(Stage(row.stage).label),
        1 - (row.n_live or 0) / row.n_to_send if is_sending else None,
        times.get(row.pk),
        today.get(row.pk, 0) if row.stage == Stage.ARMED else None,
    )


def _today(rows: list[Any]) -> dict[int, int]:
    """Count what each sent within a day."""
    since = now() - timedelta(days=1)
    sent = Message.objects.filter(
        campaign__in=[row.pk for row in rows], sent_at__gte=since
    )
    return dict(sent.order_by().values_list("campaign").annotate(n=Count("pk")))


def _times(rows: list[Any]) -> dict[int, datetime]:
    """Return when each schedule fires next."""
    waiting = [row.pk for row in rows if row.stage == Stage.SCHEDULED]
    active = Schedule.objects.filter(campaign__in=waiting, is_active=True)
    dated = {one.campaign_id: next_at(one, now()) for one in active}
    return {key: at for key, at in dated.items() if at is not None}
