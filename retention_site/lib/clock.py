"""The shop's clock: what "now" means for gates, schedules, coupons and event times.

Real time, or with ``SHOP_CLOCK`` a clock that started at that moment when the shop
first used it and ticks on. The anchor is kept in ``DATA_DIR/clock.json`` so that every
process of one shop reads the same time. Leases, signatures and TLS never use this
clock.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def real_now() -> datetime:
    """Return the real time, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return business time, aware, in UTC."""
    return real_now() + _offset(settings.SHOP_CLOCK, Path(settings.DATA_DIR))


def start() -> datetime:
    """Return the moment at which the shop's clock starts, in UTC; without `SHOP_CLOCK`
    it is now.
    """
    return _parse(settings.SHOP_CLOCK).astimezone(UTC) if settings.SHOP_CLOCK else now()


def shop_zone() -> ZoneInfo:
    """Return the shop's own time zone."""
    return ZoneInfo(settings.SHOP_TIME_ZONE)


@lru_cache
def _offset(start: str, data_dir: Path) -> timedelta:
    """How far business time runs from real time."""
    return _anchor(start, data_dir) if start else timedelta(0)


def _anchor(start: str, data_dir: Path) -> timedelta:
    """Read, or fix for good, the offset of a clock that starts at ``start``."""
    path = data_dir / "clock.json"
    try:
        kept = json.loads(path.read_text())
        if kept["start"] == start:
            return timedelta(seconds=kept["offset_seconds"])
    except (OSError, ValueError, KeyError):
        pass  # no anchor yet, or one for another start: it is fixed now
    offset = _parse(start) - real_now()
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(
        json.dumps({"start": start, "offset_seconds": offset.total_seconds()})
    )
    draft.replace(path)
    return offset


def _parse(start: str) -> datetime:
    try:
        moment = datetime.fromisoformat(start)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"SHOP_CLOCK {start!r} is not an ISO 8601 time."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=shop_zone())
