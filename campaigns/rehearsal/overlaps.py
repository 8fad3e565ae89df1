"""Whom other campaigns reach at the same time: a customer hears all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from campaigns.models import Campaign, CampaignVersion
from profiles.segments import members

NEAR = timedelta(days=7)
MOST_RULES = 12  # of other campaigns that may fire any day; each is asked whom it means
REACHED = """
    SELECT campaign.id, campaign.name, count(DISTINCT message.customer_id)
    FROM campaigns_message message JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id
    WHERE message.customer_id = ANY(%(customers)s) AND message.campaign_id <> %(campaign)s
        AND message.state NOT IN ('held', 'cancelled', 'erased')
        AND coalesce(message.sent_at, message.not_before) BETWEEN %(from)s AND %(to)s
    GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""


def overlaps(
    campaign: Campaign, customers: Sequence[int], as_of: datetime
) -> list[dict[str, Any]]:
    """Return other campaigns with how many of the audience they reach within a week of
    `as_of`, or would mean then.
    """
    reached = _reached(campaign, customers, as_of)
    meant = _meant(campaign, customers, as_of, {one["campaign"] for one in reached})
    n = len(customers) or 1
    found = sorted([*reached, *meant], key=lambda one: -one["customers"])
    return [{**one, "share": one["customers"] / n} for one in found]


def _reached(
    campaign: Campaign, customers: Sequence[int], as_of: datetime
) -> list[dict[str, Any]]:
    values: dict[str, Any] = {
        "customers": list(customers),
        "campaign": campaign.pk,
        "from": as_of - NEAR,
        "to": as_of + NEAR,
    }
    with connection.cursor() as cursor:
        cursor.execute(REACHED, values)
        return [
            {"campaign": pk, "name": name, "customers": n, "how": "messages"}
            for pk, name, n in cursor
        ]


def _meant(
    campaign: Campaign, customers: Sequence[int], as_of: datetime, told: set[int]
) -> list[dict[str, Any]]:
    """Campaigns that are approved and active, by whom their rule means at the time."""
    versions = (
        CampaignVersion.objects.filter(
            state=CampaignVersion.State.APPROVED,
            campaign__state=Campaign.State.ACTIVE,
            content__segment__rule__isnull=False,
        )
        .exclude(campaign=campaign)
        .exclude(campaign__in=told)
        .select_related("campaign")
        .order_by("-pk")[:MOST_RULES]
    )
    found = []
    for version in versions:
        n = len(
            np.intersect1d(
                members(version.content["segment"]["rule"], as_of), customers
            )
        )
        if n:
            found.append(
                {
                    "campaign": version.campaign_id,
                    "name": version.campaign.name,
                    "customers": n,
                    "how": "rule",
                }
            )
    return found
