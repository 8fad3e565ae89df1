"""What to expect of the audience if nothing were sent: what the same rule's audiences
did in the windows before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from campaigns.content.model import Content
from campaigns.stats.forecasts.forecast import Forecast, predict
from profiles import history
from profiles.segments import members
from retention_site.lib.clock import now

N_WINDOWS = 4
BOUGHT = """
    SELECT count(DISTINCT customer) FROM events WHERE type = 'purchase'
        AND happened_at >= ? AND happened_at < ? AND customer IN (SELECT customer FROM meant)
"""


def forecast(
    content: Content, customers: Sequence[int], as_of: datetime
) -> dict[str, Any] | None:
    """Return expected conversions with an interval, and what happened where the window
    is past; None without customers.

    Each window before `as_of` is asked for its own audience by the same rule, so nobody
    is chosen by what came after.
    """
    if content.segment is None or not len(customers):
        return None
    days = content.goal.window_days
    earlier = [
        _window(content.segment.rule, as_of - timedelta(days=k * days), days)
        for k in range(1, N_WINDOWS + 1)
    ]
    windows = [(n, bought) for n, bought in earlier if n]
    seen = predict(
        len(customers),
        [n for n, _bought in windows],
        [bought for _n, bought in windows],
    )
    ends = as_of + timedelta(days=days)
    actual = _converted(np.asarray(customers), as_of, ends) if ends <= now() else None
    return {
        "days": days,
        "windows": [{"n": n, "converted": bought} for n, bought in windows],
        "expected": seen.expected if seen else None,
        "low": seen.low if seen else None,
        "high": seen.high if seen else None,
        "actual": actual,
        "sentence": _sentence(seen, days, actual),
    }


def _window(rule: dict[str, Any], starts: datetime, days: int) -> tuple[int, int]:
    meant = members(rule, starts)
    return len(meant), (
        _converted(meant, starts, starts + timedelta(days=days)) if len(meant) else 0
    )


def _converted(customers: np.ndarray, starts: datetime, ends: datetime) -> int:
    found = history.tables(as_of=ends)
    try:
        found.connection.register(
            "meant", pa.table({"customer": pa.array(customers, pa.int64())})
        )
        return int(found.connection.execute(BOUGHT, [starts, ends]).fetchall()[0][0])
    finally:
        found.connection.close()


def _sentence(seen: Forecast | None, days: int, actual: int | None) -> str:
    if seen is None:
        return _("The history is too short to say what to expect.")
    words = _(
        "About {n:,.0f} of them buy within {days} days anyway ({low:,.0f} to"
        " {high:,.0f})."
    )
    said = words.format(n=seen.expected, days=days, low=seen.low, high=seen.high)
    return said + (_(" {n:,} did.").format(n=actual) if actual is not None else "")
