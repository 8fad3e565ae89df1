"""Take a campaign file in: the same content changes nothing, another content is a new
version to be reviewed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import hash_of
from campaigns.lifecycle import drafts, shared_names
from campaigns.lifecycle.documents import resolved
from campaigns.models import Campaign, CampaignVersion, Draft

State = CampaignVersion.State
Origin = Campaign.Origin
WRITTEN = (Origin.RAPPORT, Origin.JOURNEY)
TAKEN: dict[str, str] = {
    Origin.RAPPORT: "a campaign of one message",
    Origin.IMPORTED: "a finished campaign that was imported",
    Origin.JOURNEY: "a journey",
    Origin.JOURNEY_STEP: "a step of a journey",
}
OPEN = (State.DRAFT, State.IN_REVIEW)


@dataclass(frozen=True)
class Applied:
    """The version that holds the content, and whether this call made it."""

    version: CampaignVersion
    is_new: bool


def apply(
    raw: Mapping[str, Any],
    *,
    by: User,
    to: State = State.IN_REVIEW,
    draft: Draft | None = None,
) -> Applied:
    """Store a campaign as the newest version of its name; raise `BadCampaign`.

    ``raw`` is what `content.files` read, or the document of a ``draft``: a draft that
    it does not come from is brought up to it. The newest version with the same content
    is returned as it is; a version that was never approved gives way to a newer one.
    """
    content = resolved(raw)
    shared_names.check(content)
    content_hash = hash_of(content)
    with transaction.atomic():
        campaign = _campaign(content, by)
        newest = campaign.versions.order_by("-number").first()
        if (
            newest is not None
            and newest.hash == content_hash
            and newest.state != State.SUPERSEDED
        ):
            return Applied(newest, is_new=False)
        salt = _salt(content["salt"], newest, draft.salt if draft else "")
        campaign.versions.filter(state__in=OPEN).update(state=State.SUPERSEDED)
        version = CampaignVersion.objects.create(
            campaign=campaign,
            number=newest.number + 1 if newest else 1,
            content=content,
            hash=content_hash,
            salt=salt,
            state=to,
            author=by,
        )
        Campaign.objects.filter(pk=campaign.pk).update(archived_at=None)
        if draft is None:
            drafts.follow(campaign, raw, by)
    return Applied(version, is_new=True)


def _campaign(content: Mapping[str, Any], by: User) -> Campaign:
    """Find or make the campaign, and let nobody else add a version to it meanwhile."""
    name = content["name"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [name])
    campaign, _is_new = Campaign.objects.get_or_create(
        name=name,
        defaults={
            "origin": Origin.JOURNEY if "steps" in content else Origin.RAPPORT,
            "created_by": by,
            "goal": content["goal"]["words"],
            "kind": content["kind"],
        },
    )
    is_journey = campaign.origin == Origin.JOURNEY
    if campaign.origin not in WRITTEN or is_journey != ("steps" in content):
        raise BadCampaign(
            f"name: {name!r} is {TAKEN[campaign.origin]}; choose another name."
        )
    return campaign


def _salt(given: str, newest: CampaignVersion | None, drawn: str) -> str:
    """Fix the salt with the first version: who is held out stays held out in every
    later one.
    """
    if newest is None:
        return given or drawn or secrets.token_hex(16)
    if given and given != newest.salt:
        raise BadCampaign(
            "salt: was fixed with the first version; customers keep their arms."
        )
    return newest.salt
