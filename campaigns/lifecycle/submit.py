"""Put a campaign that is being written up for review."""

from __future__ import annotations

from copy import deepcopy

from django.contrib.auth.models import User

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle.apply import Applied, apply
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.lifecycle.drafts import draft_of
from campaigns.models import Campaign


def submit(campaign: Campaign, by: User) -> Applied:
    """Put a draft up for review as the newest version; raise `BadCampaign`."""
    draft = draft_of(campaign, by)
    if draft.content.get("name") != campaign.name:
        raise BadCampaign(
            f"name: is fixed to {campaign.name!r}; copy the campaign for another name."
        )
    return apply(settle_words(deepcopy(draft.content)), by=by, draft=draft)
