"""How much leaves on which day by which provider, and whether the provider lets it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate

from campaigns.delivery.channels.line import ProviderAway
from campaigns.models import Message, ProviderRate, Run
from retention_site.lib import registry
from retention_site.lib.clock import shop_zone

DAY_SECONDS = 86_400


def volume(run: Run, scale: float) -> list[dict[str, Any]]:
    """Return a line for each day and channel: messages of this run, others due then,
    the provider's limit.
    """
    ours = _by_day(Message.objects.filter(run=run, state=Message.State.QUEUED))
    others = _by_day(
        Message.objects.exclude(run=run).filter(state=Message.State.QUEUED)
    )
    lines = []
    for (day, channel), n in sorted(ours.items()):
        provider = _provider(channel)
        limit = _limit(provider)
        messages, also = round(scale * n), others.get((day, channel), 0)
        lines.append(
            {
                "day": day,
                "channel": channel,
                "provider": provider,
                "messages": messages,
                "others": also,
                "per_second": limit.per_second if limit else None,
                "per_day": round(limit.per_second * DAY_SECONDS) if limit else None,
                "hours": (messages + also) / limit.per_second / 3600 if limit else None,
                "is_within": (
                    not limit or messages + also <= limit.per_second * DAY_SECONDS
                ),
            }
        )
    return lines


def _by_day(messages: Any) -> dict[tuple[date, str], int]:
    counted: dict[tuple[date, str], int] = defaultdict(int)
    grouped = messages.annotate(
        day=TruncDate("not_before", tzinfo=shop_zone())
    ).values_list("day", "channel")
    for day, channel, n in grouped.annotate(n=Count("id")).order_by():
        counted[day, channel] += n
    return counted


def _provider(channel: str) -> str:
    if channel not in registry.keys("channels"):
        return ""
    try:
        return str(registry.load("channels", channel)().provider)
    except ProviderAway:
        return ""  # nothing is set up yet that could be asked


def _limit(provider: str) -> ProviderRate | None:
    return ProviderRate.objects.filter(provider=provider).first()
