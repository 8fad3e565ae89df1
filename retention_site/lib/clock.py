"""The shop's clock: what "now" means for gates, schedules, coupons and event times.

Real time, or with ``SHOP_CLOCK`` a clock that started at that moment when the shop
first used it and ticks on. The anchor is kept in ``DATA_DIR/clock.json`` so that every
process of one shop reads the same time: while a shop runs, whoever works on it takes
its clock, and whoever asks for another is refused. Leases, signatures and TLS never use
this clock.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from retention_site.lib import embedded


def real_now() -> datetime:
    """Return the real time, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return business time, aware, in UTC."""
    return real_now() + _offset(settings.SHOP_CLOCK, Path(settings.DATA_DIR))


def as_of_shop(moment: datetime) -> datetime:
    """Return a moment of the real clock as the shop's clock showed it."""
    return moment + _offset(settings.SHOP_CLOCK, Path(settings.DATA_DIR))


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
    kept = _kept(data_dir)
    if _runs(data_dir):
        running = kept or Anchor("", 0.0)
        if start not in ("", running.start):
            raise ImproperlyConfigured(
                f"SHOP_CLOCK is {start}, and the shop that runs in {data_dir} began at"
                f" {running.start or 'real time'}; unset it, or end the shop first."
            )
        return timedelta(seconds=running.offset_seconds)
    if kept and kept.start == start:
        return timedelta(seconds=kept.offset_seconds)
    return _anchor(start, data_dir) if start else timedelta(0)


def begin() -> None:
    """Fix the clock of a shop that starts: all that works on it while it runs goes by
    this one.
    """
    if not settings.SHOP_CLOCK:
        _keep(Anchor("", 0.0), Path(settings.DATA_DIR))
    now()


class Anchor(NamedTuple):
    """Where a shop's clock began and how far it runs from real time; no start is real
    time.
    """

    start: str
    offset_seconds: float


def _runs(data_dir: Path) -> bool:
    return embedded.place(data_dir).records.living("supervisor") is not None


def _kept(data_dir: Path) -> Anchor | None:
    try:
        found = json.loads((data_dir / "clock.json").read_text())
        return Anchor(str(found["start"]), float(found["offset_seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _anchor(start: str, data_dir: Path) -> timedelta:
    """Fix for good the offset of a clock that starts at ``start``."""
    offset = _parse(start) - real_now()
    _keep(Anchor(start, offset.total_seconds()), data_dir)
    return offset


def _keep(anchor: Anchor, data_dir: Path) -> None:
    path = data_dir / "clock.json"
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(anchor._asdict()))
    draft.replace(path)


def _parse(start: str) -> datetime:
    try:
        moment = datetime.fromisoformat(start)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"SHOP_CLOCK {start!r} is not an ISO 8601 time."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=shop_zone())
