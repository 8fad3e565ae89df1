"""What a contact limit of the shop may name, and whether it limits anything."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from campaigns.models import CampaignVersion, ContactLimit
from retention_site.lib import registry

ALIVE = (
    CampaignVersion.State.DRAFT,
    CampaignVersion.State.IN_REVIEW,
    CampaignVersion.State.APPROVED,
)


def channels() -> dict[str, str | Promise]:
    """Return the channels that reach a person, by key: only what reaches people counts as contact."""
    kinds = registry.everything("channels")
    return {key: kind.label for key, kind in kinds.items() if kind.asks_consent}


def classes() -> list[str]:
    """Return the classes that campaigns name; a limit of any other counts nobody's messages."""
    named = CampaignVersion.objects.filter(state__in=ALIVE).values_list(
        "content__campaign_class", flat=True
    )
    return sorted({one for one in named.distinct() if one})


def without_effect(limits: list[ContactLimit]) -> dict[int, str]:
    """Return, by primary key, why a limit limits nothing; those that do are left out. One query for all."""
    reach, known = (
        channels(),
        classes() if any(one.campaign_class for one in limits) else [],
    )
    found = {one.pk: _why(one, reach, known) for one in limits}
    return {pk: why for pk, why in found.items() if why}


def _why(limit: ContactLimit, reach: dict[str, str | Promise], known: list[str]) -> str:
    if limit.channel and limit.channel not in reach:
        return _("limits nothing: there is no channel “%(channel)s”") % {
            "channel": limit.channel
        }
    if limit.campaign_class and limit.campaign_class not in known:
        return _("limits nothing: no campaign is of the class “%(name)s”") % {
            "name": limit.campaign_class
        }
    return ""
