"""What chance decided about a customer beyond the campaign's own arms: the global
holdout, and layers.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from campaigns.content import shop_rules
from campaigns.content.model import Content, Layer
from campaigns.models import Campaign, Holdout, LayerSlice
from campaigns.planning.arm_assignment import NO_LOTS, Lots
from retention_site.lib.clock import now

LOCK = 6_001  # of who draws the holdout or a layer's slice; any number of its own
NO_GAP = 1e-9


class LayerFull(Exception):
    """The layer has no room for this campaign: one sentence."""


def holdout(at: datetime | None = None) -> Holdout:
    """Return the shop's global holdout, drawn when it is first asked for; a changed
    share is a new row.

    A larger share keeps everybody who was held out before: the salt stays for the
    shop's life. The first one comes of the shop's secret, so that a rehearsal, which is
    undone, holds out whom the launch will.
    """
    share = shop_rules.global_holdout()
    newest = Holdout.objects.order_by("-pk").first()
    if newest is not None and newest.share == share:
        return newest
    with transaction.atomic():
        _alone()
        newest = Holdout.objects.order_by("-pk").first()
        if newest is not None and newest.share == share:
            return newest
        salt = (
            newest.salt
            if newest
            else salted_hmac(__name__, "global holdout", algorithm="sha256").hexdigest()
        )
        return Holdout.objects.create(share=share, salt=salt, since=at or now())


def lots_of(campaign: int, content: Content) -> Lots:
    """Return what stands above the arms of a campaign (by primary key)."""
    is_held = (
        content.is_marketing
        and content.global_holdout
        and shop_rules.global_holdout() > 0
    )
    held = holdout() if is_held else None
    part = (
        LayerSlice.objects.filter(campaign=campaign).first() if content.layer else None
    )
    if held is None and part is None:
        return NO_LOTS
    return Lots(
        holdout=held.share if held else 0.0,
        holdout_salt=held.salt if held else "",
        layer=part.layer if part else "",
        low=part.low if part else 0.0,
        high=part.high if part else 1.0,
    )


def settle(campaign: Campaign, layer: Layer | None) -> None:
    """Give a campaign its slice of its layer, the first gap that is large enough; raise
    `LayerFull`.

    A campaign keeps its slice while its layer and share stay the same: its customers
    are its own.
    """
    kept = LayerSlice.objects.filter(campaign=campaign).first()
    if (
        kept
        and layer
        and kept.layer == layer.name
        and abs(kept.high - kept.low - layer.share) < NO_GAP
    ):
        return
    _alone()
    LayerSlice.objects.filter(campaign=campaign).delete()
    if layer is not None:
        low = _first_gap(layer)
        LayerSlice.objects.create(
            campaign=campaign,
            layer=layer.name,
            low=low,
            high=min(low + layer.share, 1.0),
        )


def _first_gap(layer: Layer) -> float:
    """Stopped campaigns give their slices back."""
    running = LayerSlice.objects.filter(layer=layer.name).exclude(
        campaign__state=Campaign.State.STOPPED
    )
    low, largest = 0.0, 0.0
    for taken_low, taken_high in running.order_by("low").values_list("low", "high"):
        largest = max(largest, taken_low - low)
        if taken_low - low >= layer.share - NO_GAP:
            return low
        low = max(low, taken_high)
    if 1 - low >= layer.share - NO_GAP:
        return low
    left = max(largest, 1 - low)
    raise LayerFull(
        f"layer: {layer.name!r} has {left:.0%} of its customers free in one piece, not"
        f" {layer.share:.0%}."
    )


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
