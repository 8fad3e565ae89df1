"""The shop's own openings: kept beside the house's, offered before them."""

from __future__ import annotations

from campaigns.copy.bank.openings import Opening, fitting, ours
from campaigns.models import CopyLine


def offered(language: str, goal: str, tone: str, channel: str = "") -> list[Opening]:
    """Return the openings for a brief: the shop's that are not archived, then ours."""
    own = CopyLine.objects.filter(
        language=language, goal=goal, tone=tone, is_archived=False
    )
    if channel:
        own = own.filter(channel__in=("", channel))
    return [
        *(
            Opening(language, goal, tone, one.text, source="shop")
            for one in own.order_by("pk")
        ),
        *fitting(ours(), language, goal, tone),
    ]
