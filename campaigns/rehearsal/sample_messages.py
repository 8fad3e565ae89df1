"""Ten messages as they would read, with the reason of each."""

from __future__ import annotations

from typing import Any

from campaigns.models import Message, Run
from campaigns.rendering.compose import compose

N = 10


def samples(run: Run) -> list[dict[str, Any]]:
    """Return messages spread over arms and channels: who, in which words, and why."""
    queued = Message.objects.filter(run=run, state=Message.State.QUEUED)
    kinds = list(
        queued.values_list("arm", "channel").distinct().order_by("arm", "channel")
    )
    each = -(-N // len(kinds)) if kinds else 0
    chosen: list[int] = []
    for arm, channel in kinds:
        pks = list(
            queued.filter(arm=arm, channel=channel)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        chosen += pks[:: max(1, len(pks) // each)][:each]
    messages = Message.objects.filter(pk__in=chosen[:N]).select_related(
        "run__version", "customer", "campaign"
    )
    composed = compose(messages)
    return [
        _shown(one, composed.rendered.get(one.pk), composed.failed.get(one.pk, ""))
        for one in messages
    ]


def _shown(message: Message, rendered: Any, why_not: str) -> dict[str, Any]:
    return {
        "customer": message.customer.external_id,
        "customer_pk": message.customer_id,
        "arm": message.arm,
        "channel": message.channel,
        "subject": rendered.subject if rendered else "",
        "preheader": rendered.preheader if rendered else "",
        "text": rendered.text if rendered else "",
        "why": message.why,
        "offer": (message.offer or {}).get("value"),
        "leaves": message.not_before,
        "why_not": why_not,
    }
