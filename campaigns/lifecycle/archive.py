"""Put a campaign away that nobody needs in the lists any more, and bring it back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content.mapping_reader import BadCampaign
from campaigns.models import Campaign, CampaignVersion, Stage
from campaigns.models.stage import with_stage
from retention_site.lib.clock import now

# where nothing leaves by itself any more
QUIET = (
    Stage.DRAFT,
    Stage.IN_REVIEW,
    Stage.APPROVED,
    Stage.FAILED,
    Stage.RESULT,
    Stage.STOPPED,
    Stage.IMPORTED,
)


@transaction.atomic
def archive(campaign: Campaign) -> None:
    """Put it away, with what waits for approval; raise `BadCampaign` while something
    may still leave.
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    found = with_stage(Campaign.objects.all(), now()).get(pk=campaign.pk)
    if found.stage not in QUIET:
        raise BadCampaign(
            _("%(campaign)s is %(state)s; stop it first, or wait for its result.")
            % {"campaign": campaign, "state": Stage(found.stage).label}
        )
    for waiting in campaign.versions.filter(state=CampaignVersion.State.IN_REVIEW):
        waiting.move(CampaignVersion.State.SUPERSEDED)
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=now())


def bring_back(campaign: Campaign) -> None:
    """Put it into the lists again; a new version does so by itself."""
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=None)
