"""Names that campaigns share by writing them alike: of a class, a topic, a layer.

There is no table of them, so a mistyped one would be a new one: a limit that counts
nothing, a topic that nobody agreed to. One that is nearly another campaign's is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from campaigns.content.mapping_reader import BadCampaign
from campaigns.models import CampaignVersion, ContactLimit

NEAR = 0.84  # one letter of six; two of thirteen
MOST = 200
ALIVE = (
    CampaignVersion.State.IN_REVIEW,
    CampaignVersion.State.APPROVED,
)
PLACES = {
    "campaign_class": "content__campaign_class",
    "topic": "content__topic",
    "layer.name": "content__layer__name",
}
PARTS = re.compile(r"[a-z0-9]+")


def check(content: Mapping[str, Any]) -> None:
    """Raise `BadCampaign` for a name that is nearly one that others use."""
    layer = content.get("layer") or {}
    said = {
        "campaign_class": content.get("campaign_class"),
        "topic": content.get("topic"),
        "layer.name": layer.get("name"),
    }
    for key, name in said.items():
        if not name:
            continue
        known = _known(key, content["name"])
        if name not in known and (meant := near(name, known)):
            raise BadCampaign(
                f"{key}: {name!r} is not known; did you mean {meant}? Another name must"
                " differ by more."
            )


def near(said: str, known: Iterable[str]) -> str:
    """Return the name that was probably meant; empty where it is another one: one that
    differs by a number or a letter that stands alone, as `tier 1` and `tier 2`.
    """
    plain = {_plain(one): one for one in known}
    found = get_close_matches(_plain(said), plain, n=3, cutoff=NEAR)
    return next((plain[one] for one in found if not _is_apart(_plain(said), one)), "")


def _plain(name: str) -> str:
    return " ".join(PARTS.findall(name.lower())) or name.lower()


def _is_apart(one: str, other: str) -> bool:
    """Whether numbers and letters that stand alone tell two names apart."""

    def told(name: str) -> list[str]:
        digits = re.findall(r"\d+", name)
        return digits + [part for part in name.split() if len(part) == 1]

    return told(one) != told(other)


def _known(key: str, campaign: str) -> set[str]:
    """Return the names of other campaigns that may send, and of the shop's limits."""
    place = PLACES[key]
    versions = CampaignVersion.objects.filter(state__in=ALIVE)
    others = versions.exclude(campaign__name=campaign).exclude(**{place: ""})
    found = {
        str(one)
        for one in others.values_list(place, flat=True).distinct()[:MOST]
        if one
    }
    if key == "campaign_class":
        found |= set(ContactLimit.objects.values_list("campaign_class", flat=True))
    return found - {""}
