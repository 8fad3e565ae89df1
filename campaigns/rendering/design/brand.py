"""The shop's brand as letters take it."""

from __future__ import annotations

from campaigns.models import Brand
from campaigns.rendering.design import images
from campaigns.rendering.design.look import Look


def brand() -> Brand:
    """Return the shop's brand; one that nobody changed yet has the house's colours."""
    found = Brand.objects.select_related("logo").defer("logo__content").first()
    return found or Brand(pk=1)


def look() -> Look:
    """Return how letters look now."""
    kept = brand()
    return Look(
        accent=kept.accent,
        ink=kept.ink,
        ground=kept.ground,
        card=kept.card,
        font=kept.font,
        name=kept.name,
        logo=images.address(kept.logo.digest, kept.logo.media_type)
        if kept.logo
        else "",
        footer=kept.footer,
        website=kept.website,
    )
