"""Which campaigns choose their audience by a segment."""

from campaigns.models import Campaign, CampaignVersion
from profiles.models import Segment
from retention_site.lib.admin.panels import Column, Panel


def panel(segment: Segment) -> Panel:
    versions = CampaignVersion.objects.exclude(state=CampaignVersion.State.SUPERSEDED)
    named = versions.filter(content__segment__name=segment.name)
    return Panel(
        "admin/panels/uses.html",
        Column.SIDE,
        {
            "campaigns": (
                Campaign.objects.filter(pk__in=named.values("campaign")).order_by(
                    "name"
                )
            )
        },
    )
