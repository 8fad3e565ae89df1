"""Which campaigns choose their audience by a segment."""

from campaigns.models import Campaign, CampaignVersion, Stage
from profiles.models import Segment
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now


def panel(segment: Segment) -> Panel:
    versions = CampaignVersion.objects.exclude(state=CampaignVersion.State.SUPERSEDED)
    named = versions.filter(content__segment__name=segment.name)
    campaigns = Campaign.objects.filter(pk__in=named.values("campaign"))
    staged = campaigns.with_stage(now()).order_by("name")
    facts = {"campaigns": [(one, one.stage, Stage(one.stage).label) for one in staged]}
    return Panel("admin/panels/uses.html", Column.SIDE, facts)
