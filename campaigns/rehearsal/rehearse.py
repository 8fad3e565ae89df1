"""Run a version on the history as of a time, in a transaction that is undone: nobody is
written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content import contact_windows
from campaigns.content.model import Content
from campaigns.content.parse import read
from campaigns.models import Campaign, CampaignVersion, Message, Run, StoredReport
from campaigns.offers import pools
from campaigns.offers.pools import PoolError, Terms
from campaigns.planning import holdouts, message_planner
from campaigns.planning.audiences import audience
from campaigns.planning.audiences.frozen_audience import Audience
from campaigns.planning.launch_warnings import outlook
from campaigns.rehearsal import (
    cost,
    forecast,
    off_policy,
    overlaps,
    sample_messages,
    volume,
)
from profiles import history
from profiles.jobs import Progress
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import plain

# customers; of a larger audience every n-th is planned, and counts are scaled
MOST_PLANNED = 50_000


def unheard(share: float, words: str = "") -> None:
    """Take a rehearsal's progress where nobody watches."""


class CannotRehearse(Exception):
    """There is nothing to try: one sentence."""


def stored(
    campaign: Campaign, as_of: datetime, progress: Progress = unheard
) -> StoredReport:
    """Rehearse a campaign and keep the answer for its page."""
    kept, _is_new = StoredReport.objects.update_or_create(
        kind=StoredReport.Kind.REHEARSAL,
        campaign=campaign,
        defaults={
            "as_of": as_of,
            "result": plain(rehearse(campaign, as_of, progress)),
            "computed_at": real_now(),
        },
    )
    return kept


def rehearse(
    campaign: Campaign, as_of: datetime, progress: Progress = unheard
) -> dict[str, Any]:
    """Say what the newest version would have done at `as_of`: whom, what, when, at what
    cost, with what to expect.

    What had happened by then counts, whenever we learned it. Portraits, recommendations
    and addresses are today's: the history keeps them only so. Raise `CannotRehearse`.
    """
    version = _version(campaign)
    history.refresh()
    content = read(version.content)
    with transaction.atomic():
        answer = _tried(version, content, as_of, progress)
        transaction.set_rollback(True)
    return answer


def _version(campaign: Campaign) -> CampaignVersion:
    alive = (
        CampaignVersion.State.DRAFT,
        CampaignVersion.State.IN_REVIEW,
        CampaignVersion.State.APPROVED,
    )
    version = campaign.versions.filter(state__in=alive).order_by("-number").first()
    if version is None:
        raise CannotRehearse(
            _("{campaign} has no version to rehearse.").format(campaign=campaign)
        )
    if version.content.get("segment") is None:
        raise CannotRehearse(
            _("{campaign} is started by a trigger, which names the customer.").format(
                campaign=campaign
            )
        )
    return version


def _tried(
    version: CampaignVersion, content: Content, as_of: datetime, progress: Progress
) -> dict[str, Any]:
    warned = [
        one.words for one in outlook(version, as_of).warnings
    ]  # before the rehearsal's own messages are there
    run = Run.objects.create(
        campaign=version.campaign,
        version=version,
        key=f"rehearsal:{version.pk}:{real_now().isoformat()}",
        started_by="rehearsal",
        as_of=as_of,
        known_at=real_now(),
    )
    _set_up(version, content)
    progress(0.05)
    chosen = audience.choose(content, run)
    progress(0.2)
    planned = _spread(chosen)
    scale = len(chosen.customers) / len(planned.customers) if planned.customers else 1.0
    counts = _plan(
        run,
        content,
        version.salt,
        planned,
        as_of,
        lambda share: progress(0.2 + 0.6 * share),
    )
    return {
        "campaign": version.campaign.name,
        "version": version.number,
        "version_hash": version.hash,
        "as_of": as_of,
        "audience": {"n": len(chosen.customers), "hash": chosen.hash},
        "planned": len(planned.customers),
        "decisions": {
            "send": round(scale * counts["send"]),
            "hold": {
                reason: round(scale * n)
                for reason, n in counts.most_common()
                if reason != "send"
            },
        },
        "caps": {
            reason: round(scale * n)
            for reason, n in counts.items()
            if reason in contact_windows.REACHED.values()
        },
        "arms": _arms(run, scale),
        "overlaps": overlaps.overlaps(version.campaign, chosen.customers, as_of),
        "volume": volume.volume(run, scale),
        "coupons": cost.coupons(run, content, scale),
        "messages": sample_messages.samples(run),
        "forecast": forecast.forecast(content, chosen.customers, as_of),
        "logged": off_policy.logged(version.campaign, content),
        "warnings": warned,
        "notes": _notes(as_of, len(chosen.customers), len(planned.customers)),
    }


def _set_up(version: CampaignVersion, content: Content) -> None:
    """What approval would set up, so that a version may be tried before it."""
    try:
        if content.offer is not None:
            offer = content.offer
            terms = Terms(
                offer.pool,
                offer.cap,
                Decimal(offer.budget),
                offer.currency,
                offer.valid_days,
            )
            pools.settle(terms, version.campaign)
        holdouts.settle(version.campaign, content.layer)
    except (PoolError, holdouts.LayerFull) as error:
        raise CannotRehearse(str(error)) from error


def _spread(chosen: Audience) -> Audience:
    step = -(-len(chosen.customers) // MOST_PLANNED) or 1
    return Audience(chosen.customers[::step], chosen.hash)


def _plan(
    run: Run,
    content: Content,
    salt: str,
    planned: Audience,
    as_of: datetime,
    told: Callable[[float], None],
) -> Counter[str]:
    firing = message_planner.Firing(
        run=run,
        content=content,
        salt=salt,
        now=as_of,
        key_of=lambda customer: f"rehearsal:{run.pk}:{customer}",
    )
    counts: Counter[str] = Counter()
    for customers in planned.chunks():
        counts += message_planner.plan(firing, customers)
        told(counts.total() / max(len(planned.customers), 1))
    return counts


def _arms(run: Run, scale: float) -> dict[str, int]:
    ours = Message.objects.filter(run=run, is_held_out=False).exclude(arm="")
    found: Counter[str] = Counter(ours.values_list("arm", flat=True))
    return {
        arm: round(scale * n)
        for arm, n in sorted(found.items(), key=lambda pair: pair[0] != "control")
    }


def _notes(as_of: datetime, n_audience: int, n_planned: int) -> list[str]:
    said = []
    if as_of < now():
        said.append(
            _(
                "Portraits, recommendations, addresses and contact limits are today's;"
                " who was meant is as of {day}."
            ).format(day=f"{as_of:%Y-%m-%d}")
        )
    if n_planned < n_audience:
        said.append(
            _(
                "Decisions were tried on {n:,} customers of the audience and scaled."
            ).format(n=n_planned)
        )
    return said
