"""If it ran now: how many it would reach for, who would be held out, and the smallest effect that could be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from campaigns.models import CampaignVersion
from retention_site.lib import clock

from .effects import detectable


@dataclass(frozen=True)
class Preview:
    """What a launch now would be."""

    n: int
    arms: list[tuple[str, int, float]]  # arm, customers, share
    lines: list[Any]  # what an experiment could see, by metric and arm
    why_not: str = ""  # why nothing could be measured
    n_held_out: int = 0  # about so many of them hear from no campaign at all


def view(request: HttpRequest, version: int) -> HttpResponse:
    """The card that the campaign's page fetches once it stands."""
    kept = get_object_or_404(CampaignVersion.objects.select_related("campaign"), pk=version)
    return render(request, "admin/panels/preview.html", {"preview": preview(kept), "version": kept})


def preview(version: CampaignVersion) -> Preview | None:
    """Look ahead; None where a trigger names the customers or there is no history to read."""
    from campaigns.planning.content.read import read
    from campaigns.planning.content.reading import BadCampaign  # the planning core: only this card pays for it
    from campaigns.planning.experiments import shares
    from campaigns.proof.foresight import foresee
    from profiles import history, segments

    if not version.content.get("segment") or history.freshness().refreshed_at is None:
        return None
    try:
        content = read(version.content)
    except BadCampaign as error:
        return Preview(0, [], [], str(error))
    moment, split = clock.now(), shares(content)
    customers = segments.members(version.content["segment"]["rule"], as_of=moment)
    arms = [(arm, round(share * len(customers)), share) for arm, share in split.items()]
    if not content.holdout:
        return Preview(len(customers), arms, [], _("Nobody is held out, so no effect can be measured."))
    seen = foresee(customers, split, content.goal.metrics, days=content.goal.window_days, as_of=moment)
    held_out = settings.GLOBAL_HOLDOUT if content.is_marketing and content.global_holdout else 0.0
    lines = [detectable(one) for one in seen]
    return Preview(len(customers), arms, lines, n_held_out=round(held_out * len(customers)))
