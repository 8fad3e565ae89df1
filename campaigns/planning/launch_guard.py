"""The guard before a launch: what speaks against it has to be confirmed in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.models import CampaignVersion
from campaigns.planning.launch import CannotLaunch
from campaigns.planning.launch_warnings import Kind, outlook

# the same people again, coupons that do not suffice, people who never agreed
GUARDED = (Kind.AGAIN, Kind.POOL, Kind.BUDGET, Kind.CONSENT)


def check(version: CampaignVersion, word: str = "") -> None:
    """Raise `CannotLaunch` with what speaks against a launch now, unless the campaign's
    name was typed.
    """
    if not version.content.get("segment") or word.strip() == version.campaign.name:
        return
    found = [one.words for one in outlook(version).warnings if one.kind in GUARDED]
    if found:
        raise CannotLaunch(
            _("%(why)s To send it all the same, type the campaign's name.")
            % {"why": " ".join(found)}
        )
