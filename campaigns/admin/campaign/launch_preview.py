"""If it ran now: how many it would reach for, who would be held out, and the smallest
effect that could be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import shares
from campaigns.content.parse import read
from campaigns.models import CampaignVersion
from campaigns.proof.power_planning import WORTH_SEEING, foresee, suggest
from profiles import history, segments
from retention_site.lib import clock
from retention_site.lib.admin.words import rate

from ..reports.effects import detectable

if TYPE_CHECKING:
    from campaigns.content.model import Content
    from campaigns.proof.power_planning import Foresight


@dataclass(frozen=True)
class Preview:
    """What a launch now would be."""

    n: int
    arms: list[tuple[str, int, float]]  # arm, customers, share
    lines: list[Any]  # what an experiment could see, by metric and arm
    why_not: str = ""  # why nothing could be measured
    suggestion: str = ""  # which control group would see a change worth seeing
    n_held_out: int = 0  # about so many of them hear from no campaign at all


def view(request: HttpRequest, version: int) -> HttpResponse:
    """The card that the campaign's page fetches once it stands."""
    kept = get_object_or_404(
        CampaignVersion.objects.select_related("campaign"), pk=version
    )
    return render(
        request,
        "admin/panels/preview.html",
        {"preview": preview(kept), "version": kept},
    )


def preview(version: CampaignVersion) -> Preview | None:
    """Look ahead; None where a trigger names the customers or there is no history to
    read.
    """
    if not version.content.get("segment") or history.freshness().refreshed_at is None:
        return None
    try:
        content = read(version.content)
    except BadCampaign as error:
        return Preview(0, [], [], str(error))
    moment, split = clock.now(), shares(content)
    customers = segments.members(version.content["segment"]["rule"], as_of=moment)
    arms, n_held_out = _shared_out(content, split, len(customers))
    if not content.holdout:
        why_not = _("Nobody is held out, so no effect can be measured.")
        return Preview(len(customers), arms, [], why_not, n_held_out=n_held_out)
    seen = foresee(
        customers,
        split,
        content.goal.metrics,
        days=content.goal.window_days,
        as_of=moment,
    )
    lines = [detectable(one) for one in seen]
    return Preview(
        len(customers), arms, lines, suggestion=_suggestion(seen), n_held_out=n_held_out
    )


def _shared_out(
    content: Content, split: dict[str, float], n: int
) -> tuple[list[tuple[str, int, float]], int]:
    """Share an audience out, so that arms and holdout add up to it: about so many,
    since chance draws them.
    """
    is_below = content.is_marketing and content.global_holdout
    n_held_out = round(shop_rules.global_holdout() * n) if is_below else 0
    sizes, left, rest = [], n - n_held_out, 1.0
    for arm, share in split.items():
        size = round(left * share / rest) if rest > 0 else 0
        sizes.append((arm, size, share))
        left, rest = left - size, rest - share
    return sizes, n_held_out


def _suggestion(seen: Sequence[Foresight]) -> str:
    """Say it for the first metric where there is one arm against control."""
    found = suggest(seen[0]) if seen and len({one.arm for one in seen}) == 1 else None
    if found is None:
        return ""
    words = {
        "metric": detectable(seen[0]).metric,
        "share": rate(found.holdout, 0),
        "change": rate(found.relative, 0),
    }
    if found.is_enough:
        return (
            _(
                "Suggested: %(share)s as control group, which sees a change of"
                " %(change)s in %(metric)s."
            )
            % words
        )
    wanted = {**words, "wanted": rate(WORTH_SEEING, 0)}
    return (
        _(
            "No control group of this audience sees a change of %(wanted)s in"
            " %(metric)s; half of it left alone sees %(change)s."
        )
        % wanted
    )
