"""Which campaigns choose their audience by a segment."""

from django.db import connection

from campaigns.models import Campaign, CampaignVersion, Stage
from campaigns.models.stage import with_stage
from profiles.models import Segment
from profiles.segments.uses import Use, Uses
from retention_site.lib.admin.pages import link
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now

# as audience, as trigger, or anywhere inside a rule; what was superseded counts no more
NAMED = """
    SELECT DISTINCT version.campaign_id, named.name FROM campaigns_campaignversion version
    CROSS JOIN LATERAL (
        SELECT version.content #>> '{segment,name}'
        UNION SELECT version.content #>> '{trigger,segment}'
        UNION SELECT jsonb_path_query(version.content, '$.** ? (@.is == "in_segment").name') #>> '{}'
    ) AS named (name)
    WHERE version.state <> %(superseded)s AND named.name <> ''
"""


def panel(segment: Segment) -> Panel:
    wanted = [pk for pk, name in _named() if name == segment.name]
    campaigns = Campaign.objects.filter(pk__in=wanted)
    staged = with_stage(campaigns, now()).order_by("name")
    facts = {"campaigns": [(one, one.stage, Stage(one.stage).label) for one in staged]}
    return Panel("admin/panels/uses.html", Column.SIDE, facts)


def uses() -> Uses:
    """Return the campaigns that name segments, by the segment's name."""
    named = _named()
    campaigns = Campaign.objects.in_bulk({pk for pk, _name in named})
    found: Uses = {}
    for pk, name in named:
        campaign = campaigns[pk]
        found.setdefault(name, []).append(Use(str(campaign), link(campaign)))
    return found


def _named() -> list[tuple[int, str]]:
    """Return campaigns and the segments that they name."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"superseded": CampaignVersion.State.SUPERSEDED})
        return sorted(cursor.fetchall(), key=lambda row: (row[1], row[0]))
