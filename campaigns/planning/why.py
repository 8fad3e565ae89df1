"""The decision in one sentence, for the marketer and for whoever asks later. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.words.facts import Visits

USUAL_GAP = "usual_gap_days"
SINCE_LAST = "recency_days"


def visits_of(traits: Mapping[str, Any]) -> Visits:
    """Read from a portrait how often the customer comes."""
    return Visits(_days(traits.get(USUAL_GAP)), _days(traits.get(SINCE_LAST)))


def sentence(visits: Visits, *, offer: str = "", channel: str = "") -> str:
    """Say why this customer gets this: "usually comes every 9 days, last seen 41 days ago; $5 off because …"."""
    return "; ".join(part for part in (_habit(visits), offer, channel) if part)


def offer_words(worth: str, reason: str) -> str:
    return _("%(worth)s off because %(reason)s") % {"worth": worth, "reason": reason}


def channel_words(channel: str, reason: str) -> str:
    return _("by %(channel)s, %(reason)s") % {"channel": channel, "reason": reason}


def _habit(visits: Visits) -> str:
    gap, last = visits.usual_gap_days, visits.days_since_last
    parts = []
    if gap is not None:
        n = max(1, round(gap))
        parts.append(ngettext("usually comes every day", "usually comes every %(n)d days", n) % {"n": n})
    if last is not None:
        n = max(1, round(last))
        parts.append(ngettext("last seen yesterday", "last seen %(n)d days ago", n) % {"n": n})
    return ", ".join(parts)


def _days(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
