"""The brake: a campaign, or all marketing, pauses by itself when too many complain,
bounce, unsubscribe or are written to. A person lets it go on; nothing else does.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.db import connection, transaction

from campaigns.delivery.limits.sending_figures import Figure, figures
from campaigns.models import Brake, Campaign
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

log = structlog.get_logger(__name__)
LOCK = 7_316_202_614
SEND = "campaigns.tasks.send_due"


@transaction.atomic
def check() -> list[Brake]:
    """Pull the brake wherever a figure is beyond its limit; one process at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
    pulled = _pull_all(is_shop=False)
    # without what is held by now: one bad campaign does not stop the others
    return [*pulled, *_pull_all(is_shop=True)]


def _pull_all(*, is_shop: bool) -> list[Brake]:
    beyond = [
        one for one in figures() if one.is_beyond and (one.campaign is None) == is_shop
    ]
    pulled = [_pull(one) for one in beyond]
    return [one for one in pulled if one is not None]


def _pull(figure: Figure) -> Brake | None:
    """Let a campaign stand still, or all marketing; None where it stands already."""
    if Brake.objects.filter(campaign=figure.campaign, released_at=None).exists():
        return None
    if figure.campaign is not None:
        active = Campaign.objects.filter(
            pk=figure.campaign, state=Campaign.State.ACTIVE
        )
        if not active.update(state=Campaign.State.PAUSED):
            return None
    log.error("the brake was pulled", figure=figure)
    return Brake.objects.create(
        campaign_id=figure.campaign,
        kind=figure.kind,
        n=figure.n,
        of=figure.of,
        days=figure.days,
        at_least=figure.at_least,
        limit=figure.limit,
        pulled_at=now(),
    )


def is_pulled() -> bool:
    """Say whether all marketing stands still by itself."""
    return Brake.objects.filter(campaign=None, released_at=None).exists()


def release(campaign: Campaign | None, *, by: Any = None) -> int:
    """End the brake on a campaign, or on all marketing, as a person decided; return how
    many there were. The campaign's own state is its caller's.
    """
    pulled = Brake.objects.filter(campaign=campaign, released_at=None)
    return pulled.update(released_at=now(), released_by=by)


def release_all_marketing(*, by: Any) -> bool:
    """Let all marketing go on; say whether it stood still."""
    if not release(None, by=by):
        return False
    for lane in ("triggered", "bulk"):
        wake(SEND, lane)
    return True
