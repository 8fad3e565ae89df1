"""What a message says of its reader's points; looked up only for words that ask for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from campaigns.content.model import Content
from campaigns.offers.points import points_traits, programme, tiers
from campaigns.planning.message_context import Known
from campaigns.planning.recent_activity import is_asked
from campaigns.rendering.template_context import PointsFacts

ASKS = re.compile(r"\b(?:points|tier)\b")


def with_points(
    known: Mapping[int, Known], content: Content, now: datetime
) -> dict[int, Known]:
    """Return customers with their points as of now, if the words of ``content`` ask for
    them. At most three queries.
    """
    if not known or not is_asked(content, ASKS):
        return dict(known)
    have = points_traits.holdings(list(known), now)
    terms = programme.held_at(programme.history(), now)
    steps = tiers.steps_of(terms, now, list(known)) if terms else {}
    return {
        pk: replace(
            one, points=_facts(have.get(pk), steps[pk].name if pk in steps else "")
        )
        for pk, one in known.items()
    }


def _facts(has: points_traits.Holding | None, tier: str) -> PointsFacts:
    if has is None:
        return PointsFacts(tier=tier)
    return PointsFacts(has.points, has.expiring, has.first_expiry, tier)
