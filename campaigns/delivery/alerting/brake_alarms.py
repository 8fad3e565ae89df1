"""Brakes that were pulled: an alarm as long as nobody lets it go on."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from campaigns.delivery.alerting.alarm import Alarm
from campaigns.delivery.limits import brake_words
from campaigns.models import Brake


def brakes_pulled() -> Iterator[Alarm]:
    """What paused by itself, and why."""
    for one in Brake.objects.filter(released_at=None).select_related("campaign"):
        what = one.campaign or _("All marketing")
        words = _("%(what)s was paused by the brake: %(why)s")
        said = {"what": what, "why": brake_words.why(one)}
        yield Alarm("brake", str(one.campaign_id or ""), words % said, one.at_least)
