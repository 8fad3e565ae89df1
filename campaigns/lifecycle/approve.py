"""Let a second person approve what will be sent; from then on it can't change."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content.changes import summary
from campaigns.content.journey_graph import graph_of
from campaigns.content.model import Content, hash_of
from campaigns.content.parse import read
from campaigns.journeys.definition import step_version
from campaigns.lifecycle.approvers import MAY_APPROVE, lacks_right
from campaigns.lifecycle.sample_customers import problems_of
from campaigns.models import Campaign, CampaignVersion
from campaigns.offers import pools
from campaigns.offers.pools import PoolError, Terms
from campaigns.planning import holdouts
from campaigns.triggers import armed_triggers, recurrence, schedules
from campaigns.triggers.triggered_launch import close_standing
from profiles import segments
from profiles.models import Segment
from retention_site.lib.clock import now

SHOP_LINK = re.compile(r"\bshop\s*(?:\.\s*url\b|\[\s*\\?[\"']url)")
State = CampaignVersion.State


class CannotApprove(Exception):
    """Why this version can't be approved: one sentence for each problem."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


def waiting_version(campaign: Campaign) -> CampaignVersion:
    """Return the version that waits for approval; raise `CannotApprove`."""
    version = (
        campaign.versions.filter(state=State.IN_REVIEW).order_by("-number").first()
    )
    if version is None:
        approved = campaign.approved_version
        said = (
            f"{approved} is approved already"
            if approved
            else "it has no version in review"
        )
        raise CannotApprove(f"{campaign}: nothing waits for approval; {said}.")
    return version


def seen_version(
    campaign: Campaign, number: int | None, hashed: str
) -> CampaignVersion:
    """Return the version that waits, if it is the one that was seen; raise
    `CannotApprove`.

    Whoever decides has looked at one version. Another that came since is never approved
    in its place: the refusal says what it changes.
    """
    version = waiting_version(campaign)
    if number in (None, version.number) and version.hash.startswith(hashed):
        return version
    seen = campaign.versions.filter(number=number or 0).first()
    changed = summary(seen.content, version.content) if seen else ""
    raise CannotApprove(
        f"{version} waits for approval, not what you saw; look at it first."
        + (f" Since version {number}: {changed}." if changed else "")
    )


def approve(version: CampaignVersion, *, by: User) -> CampaignVersion:
    """Approve a version in review: its words are tried on sample customers, its pool
    and schedule are set up.

    The version approved before is superseded. Raise `CannotApprove` with every problem
    found, and `retention_site.lib.states.InvalidTransition` when someone else was
    faster.
    """
    if version.campaign.state == Campaign.State.STOPPED:
        raise CannotApprove(
            f"{version.campaign} is stopped for good; apply its file under another name."
        )
    if by.pk == version.author_id:
        raise CannotApprove(
            f"{by.get_username()} wrote {version}; a second person approves it."
        )
    if not by.has_perm(MAY_APPROVE):
        raise CannotApprove(lacks_right(by))
    if hash_of(version.content) != version.hash:
        raise CannotApprove(
            f"{version} was changed after it was applied; apply it again."
        )
    content = read(version.content)
    if problems := [
        *_past(content),
        *_unseen(content),
        *_homeless(version),
        *_problems_of_words(version, content),
    ]:
        raise CannotApprove(*problems)
    _fill(content)
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=version.campaign_id)
        _supersede(campaign)
        version.move(State.APPROVED, approver=by, approved_at=now())
        Campaign.objects.filter(pk=campaign.pk).update(
            goal=content.goal.words, kind=content.kind
        )
        _settle_layer(content, campaign)
        if content.is_journey:  # its publication says who enters from when on
            return version
        settle_pool(content, campaign)
        schedules.settle(campaign, content.schedule)
        armed_triggers.settle(campaign, content)
    return version


def _supersede(campaign: Campaign) -> None:
    for earlier in campaign.versions.filter(state=State.APPROVED):
        earlier.move(State.SUPERSEDED)
        close_standing(earlier)


def _problems_of_words(version: CampaignVersion, content: Content) -> list[str]:
    """Try the words on sample customers; a journey's step by step."""
    if not content.is_journey:
        return problems_of(version, content)
    return [
        f"{place.key}: {problem}"
        for place in graph_of(content.steps).message_places
        for problem in problems_of(*step_version(version, place))
    ]


def settle_pool(content: Content, campaign: Campaign) -> None:
    """Make the pool of a campaign's offer; raise `CannotApprove`."""
    offer = content.offer
    if offer is None:
        return
    terms = Terms(
        offer.pool,
        offer.cap,
        Decimal(offer.budget),
        offer.currency,
        offer.valid_days,
        offer.stackable,
        conditions=offer.conditions,
    )
    try:
        pools.settle(terms, campaign)
    except PoolError as error:
        raise CannotApprove(str(error)) from error


def _unseen(content: Content) -> list[str]:
    """A trigger that waits for a segment which is not there would wait for ever."""
    plan = content.trigger
    if (
        plan is None
        or not plan.segment
        or Segment.objects.filter(name=plan.segment).exists()
    ):
        return []
    return [f"trigger.segment: there is no segment named {plan.segment!r}."]


def _homeless(version: CampaignVersion) -> list[str]:
    """Words that link to the shop need to know where it is; this machine is not it."""
    if settings.SHOP_URL or not SHOP_LINK.search(json.dumps(version.content)):
        return []
    return [
        _(
            "The words link to the shop, and SHOP_URL, the address of its site, is"
            " unset."
        )
    ]


def _settle_layer(content: Content, campaign: Campaign) -> None:
    try:
        holdouts.settle(campaign, content.layer)
    except holdouts.LayerFull as error:
        raise CannotApprove(str(error)) from error


def _fill(content: Content) -> None:
    """See who is in a segment before anyone can enter it: its first filling starts
    nothing.
    """
    name = content.trigger.segment if content.trigger else ""
    for segment in Segment.objects.filter(name=name, refreshed_at=None):
        segments.refresh(segment)


def _past(content: Content) -> list[str]:
    """A schedule with nothing left to come would never fire."""
    plan = content.schedule
    if plan is None:
        return []
    zone = schedules.zone_of(plan.time_zone)
    starts = datetime.fromisoformat(plan.starts)
    late = recurrence.wall(now() - timedelta(minutes=plan.grace_minutes), zone)
    if recurrence.following(starts, plan.repeat, after=late):
        return []
    return [
        f"schedule.starts: {plan.starts} in {plan.time_zone} is past, so it would never"
        " fire."
    ]
