"""The guard before a launch: what speaks against it has to be confirmed in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.models import CampaignVersion
from campaigns.planning.launch import CannotLaunch
from campaigns.planning.launch_warnings import Kind, Outlook, Warned, outlook
from campaigns.planning.trigger_warnings import trigger_outlook

# the same people again, coupons that do not suffice, people who never agreed
GUARDED = (Kind.AGAIN, Kind.POOL, Kind.BUDGET, Kind.CONSENT)


def check(version: CampaignVersion, word: str = "") -> None:
    """Raise `CannotLaunch` with what speaks against a launch now, or against arming a
    trigger, unless the campaign's name was typed.
    """
    if word.strip() == version.campaign.name:
        return
    found = [one.words for one in warnings_of(version)]
    if found:
        raise CannotLaunch(
            _("%(why)s To send it all the same, type the campaign's name.")
            % {"why": " ".join(found)}
        )


def warnings_of(version: CampaignVersion) -> list[Warned]:
    """Return what has to be confirmed in words before messages leave."""
    seen = look_ahead(version)
    return [one for one in seen.warnings if one.kind in GUARDED] if seen else []


def look_ahead(version: CampaignVersion) -> Outlook | None:
    """Say what a launch now would come to, or a trigger in a week; None where nothing
    that happened says so.
    """
    if version.content.get("segment"):
        return outlook(version)
    return trigger_outlook(version) if version.content.get("trigger") else None
