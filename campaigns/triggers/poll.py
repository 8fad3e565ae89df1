"""Look for occasions that nobody announces. Every look is idempotent; one that fails
keeps no other from its own.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from campaigns.triggers import (
    anniversaries,
    double_opt_in,
    event_triggers,
    segment_entry,
    stock_and_price,
)
from campaigns.triggers.occasion_rows import Noticed

log = structlog.get_logger(__name__)
LOOKS: tuple[Callable[[], Noticed], ...] = (
    event_triggers.missed,
    double_opt_in.look,
    segment_entry.look,
    anniversaries.look,
    stock_and_price.look,
)


def look() -> int:
    """Notice what every kind of trigger waits for; return how many occasions were
    found.
    """
    return sum(_tried(one).n for one in LOOKS)


def _tried(one: Callable[[], Noticed]) -> Noticed:
    try:
        return one()
    except Exception:
        log.exception(
            "a look for occasions failed; the next one tries again", look=one.__module__
        )
        return Noticed()
