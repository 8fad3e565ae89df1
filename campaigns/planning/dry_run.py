"""What a launch would do now: the same code in a transaction that is undone. Nothing is
stored, nobody is woken.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.content.parse import read
from campaigns.models import CampaignVersion, CouponPool, Message, Run
from campaigns.planning import message_planner
from campaigns.planning.audiences import audience
from profiles import history
from retention_site.lib.clock import now

WORDS = 3  # messages shown


def dry_run(version: CampaignVersion, as_of: datetime) -> dict[str, Any]:
    """Return audience, decisions, channels and offers that a launch would give, and
    some sentences of why.
    """
    history.refresh()
    content = read(version.content)
    with transaction.atomic():
        run = Run.objects.create(
            campaign=version.campaign,
            version=version,
            key=f"dry:{version.pk}:{now().isoformat()}",
            started_by="dry run",
            as_of=as_of,
            known_at=as_of,
        )
        chosen = audience.choose(content, run)
        firing = message_planner.Firing(
            run=run,
            content=content,
            salt=version.salt,
            now=now(),
            key_of=lambda customer: f"dry:{run.pk}:{customer}",
        )
        counts: Counter[str] = Counter()
        for customers in chosen.chunks():
            counts += message_planner.plan(firing, customers)
        answer = {
            "campaign": version.campaign.name,
            "version_hash": version.hash,
            "as_of": as_of,
            "audience": {"n": len(chosen.customers), "hash": chosen.hash},
            "decisions": {"send": counts.pop("send", 0), "hold": dict(counts)},
            **_would_send(run),
            "offers": _offers(version, content.offer.pool if content.offer else None),
        }
        transaction.set_rollback(True)
    return answer


def _would_send(run: Run) -> dict[str, Any]:
    queued = Message.objects.filter(run=run, state=Message.State.QUEUED)
    return {
        "channels": dict(Counter(queued.values_list("channel", flat=True))),
        "arms": dict(
            Counter(
                Message.objects.filter(run=run, is_held_out=False).values_list(
                    "arm", flat=True
                )
            )
        ),
        "why": list(queued.order_by("pk").values_list("why", flat=True)[:WORDS]),
    }


def _offers(version: CampaignVersion, name: str | None) -> dict[str, Any] | None:
    """The pool as it would stand after the launch."""
    pool = (
        CouponPool.objects.filter(campaign=version.campaign, name=name).first()
        if name
        else None
    )
    if pool is None:
        return None
    return {
        "issued": pool.n_issued,
        "committed": pool.committed,
        "budget": pool.budget,
        "currency": pool.currency,
    }
