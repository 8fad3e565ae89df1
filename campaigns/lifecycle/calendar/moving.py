"""Move a campaign's time to another day: a draft that goes through approval as usual."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import documents, drafts
from campaigns.lifecycle.submit import submit
from campaigns.models import Campaign, CampaignVersion
from campaigns.triggers.schedules import zone_of
from retention_site.lib.clock import now

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def move(campaign: Campaign, to: date, by: Any, *, instead_of: date) -> CampaignVersion:
    """Draft the campaign with the new day and put it up for review, as any change goes:
    the approved version holds until then. Raise `BadCampaign`.
    """
    version = (
        campaign.versions.filter(
            state__in=[CampaignVersion.State.APPROVED, CampaignVersion.State.IN_REVIEW]
        )
        .order_by("-number")
        .first()
    )
    timetable = (version.content.get("schedule") or {}) if version else {}
    if version is None or not timetable:
        raise BadCampaign(_("It has no time of its own that could be moved."))
    draft = drafts.draft_of(campaign, by)
    if documents.content_of(draft.content) != version.content:
        raise BadCampaign(
            _("Its draft holds other changes: finish them in the editor first.")
        )
    days = (to - instead_of).days
    starts = datetime.fromisoformat(timetable["starts"]) + timedelta(days=days)
    if to < now().astimezone(zone_of(timetable["time_zone"])).date():
        raise BadCampaign(_("That day is over."))
    document = documents.document_of(version)
    document["schedule"] = {
        **document["schedule"],
        "starts": starts.strftime("%Y-%m-%dT%H:%M"),
    }
    if timetable["repeat"]:
        document["schedule"]["repeat"] = shifted(timetable["repeat"], days)
    drafts.save_draft(campaign, document, by)
    return submit(campaign, by).version


def shifted(repeat: str, days: int) -> str:
    """Move the weekdays of a weekly rule on; raise `BadCampaign` for other rules."""
    parts = dict(part.split("=", 1) for part in repeat.split(";") if "=" in part)
    if not can_shift(repeat):
        raise BadCampaign(
            _("Only weekly times can be moved here; change others in the editor.")
        )
    if "BYDAY" in parts:
        places = [WEEKDAYS.index(one) for one in parts["BYDAY"].split(",")]
        moved = sorted((place + days) % 7 for place in places)
        parts["BYDAY"] = ",".join(WEEKDAYS[place] for place in moved)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def can_shift(repeat: str) -> bool:
    """Say whether a repeating time can be moved by days: once, or weekly on weekdays."""
    parts = dict(part.split("=", 1) for part in repeat.split(";") if "=" in part)
    names = set(parts) - {"FREQ", "BYDAY", "INTERVAL"}
    days = parts.get("BYDAY", "MO").split(",")
    return not repeat or (
        parts.get("FREQ") == "WEEKLY" and not names and {*days} <= {*WEEKDAYS}
    )
