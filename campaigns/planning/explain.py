"""The decision in one sentence, for the marketer and for whoever asks later. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from campaigns.rendering.template_context import Visits

USUAL_GAP = "interval_days"
SINCE_LAST = "recency_days"


def visits_of(traits: Mapping[str, Any], days_since_last: int | None) -> Visits:
    """Say how often a customer comes, by the portrait, and how many calendar days ago
    that was.
    """
    return Visits(_days(traits.get(USUAL_GAP)), days_since_last)


def last_seen(traits: Mapping[str, Any], as_of: datetime) -> datetime | None:
    """Return the moment of the last purchase that a portrait knew of."""
    last = _days(traits.get(SINCE_LAST))
    return None if last is None else as_of - timedelta(days=last)


def sentence(visits: Visits, *, offer: str = "", channel: str = "") -> str:
    """Say why this customer gets this: "usually comes every 9 days, last seen 41 days
    ago; $5 off because …".
    """
    return "; ".join(part for part in (_habit(visits), offer, channel) if part)


def offer_words(worth: str, reason: str) -> str:
    return _("%(worth)s off because %(reason)s") % {"worth": worth, "reason": reason}


def channel_words(channel: str, reason: str) -> str:
    return _channel_words(channel, reason, get_language())


@lru_cache(maxsize=256)
def _channel_words(channel: str, reason: str, _language: str | None) -> str:
    return _("by %(channel)s, %(reason)s") % {"channel": channel, "reason": reason}


def _habit(visits: Visits) -> str:
    gap, last = visits.usual_gap_days, visits.days_since_last
    parts = []
    if gap is not None:
        n = max(1, round(gap))
        parts.append(
            ngettext("usually comes every day", "usually comes every %(n)d days", n)
            % {"n": n}
        )
    if last is not None:
        n = round(last)
        ago = ngettext("last seen yesterday", "last seen %(n)d days ago", n) % {"n": n}
        parts.append(ago if n else _("last seen today"))
    return ", ".join(parts)


def _days(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
