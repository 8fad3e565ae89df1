"""Which campaigns choose their audience by a segment."""

from django.db.models import Q

from campaigns.models import Campaign, CampaignVersion, Stage
from campaigns.models.campaign import CampaignQuerySet
from profiles.models import Segment
from profiles.segments.uses import Use
from retention_site.lib.admin.pages import link
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now

# anywhere in a version: in the rule itself, or in a part of it
INNER = '$.** ? (@.is == "in_segment" && @.name == $name)'
NAMED_IN_A_RULE = """
    jsonb_path_exists(campaigns_campaignversion.content, %s::jsonpath, jsonb_build_object('name', %s::text))
"""


def panel(segment: Segment) -> Panel:
    staged = _using(segment.name).with_stage(now()).order_by("name")
    facts = {"campaigns": [(one, one.stage, Stage(one.stage).label) for one in staged]}
    return Panel("admin/panels/uses.html", Column.SIDE, facts)


def uses(name: str) -> list[Use]:
    """Return the campaigns that name a segment: as audience, as trigger, inside a rule."""
    return [Use(str(one), link(one)) for one in _using(name).order_by("name")]


def _using(name: str) -> CampaignQuerySet:
    versions = CampaignVersion.objects.exclude(state=CampaignVersion.State.SUPERSEDED)
    inside = versions.extra(where=[NAMED_IN_A_RULE], params=[INNER, name])  # noqa: S610
    named = versions.filter(
        Q(content__segment__name=name) | Q(content__trigger__segment=name)
    )
    wanted = {
        *named.values_list("campaign", flat=True),
        *inside.values_list("campaign", flat=True),
    }
    return Campaign.objects.filter(pk__in=wanted)
