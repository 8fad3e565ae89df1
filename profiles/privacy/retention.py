"""Nothing is kept longer than promised: each kind of data has a period, and a sweep drops what is past it.

Each app registers its kinds in the group ``retention``; people change the periods in the admin.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.db.models.functions import Now

from profiles.models import RetentionPeriod
from profiles.privacy.contract import Words
from retention_site.lib import registry
from retention_site.lib.clock import now, real_now

log = structlog.get_logger(__name__)
GROUP = "retention"
SHIFT_SECONDS = 120.0  # what is left then waits for the next sweep
AT_ONCE = 5_000  # rows of one statement
MOST_DAYS = 36_500


class Kept(ABC):
    """One kind of data that grows old."""

    label: ClassVar[Words]
    fate: ClassVar[Words]  # what becomes of it at the end
    days: ClassVar[int | None] = None  # unless people decide otherwise; None: for ever
    by_shop_clock: ClassVar[bool] = False  # its times are the shop's; else the database's

    @abstractmethod
    def drop(self, before: datetime) -> Iterator[int]:
        """Drop what is older, some rows at a time, each lot committed by itself; yield how many that were."""


@dataclass(frozen=True)
class Period:
    """One kind of data and for how long it is kept."""

    key: str
    kept: Kept
    days: int | None
    is_ours: bool  # nobody has decided otherwise


def periods() -> list[Period]:
    """Return every kind with its period."""
    decided = dict(RetentionPeriod.objects.values_list("kind", "days"))
    kinds = ((key, kind()) for key, kind in registry.everything(GROUP).items())
    return [Period(key, kept, decided.get(key, kept.days), key not in decided) for key, kept in kinds]


def decide(key: str, days: int | None, *, by: AbstractBaseUser | None = None) -> None:
    """Keep a kind of data for so many days, None for ever. Raise `registry.UnknownPlugin` or `ValueError`."""
    registry.load(GROUP, key)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise ValueError(f"A period has 1 to {MOST_DAYS} days.")
    RetentionPeriod.objects.update_or_create(
        kind=key, defaults={"days": days, "changed_by": by, "changed_at": Now()}
    )


def sweep(*, seconds: float = SHIFT_SECONDS) -> dict[str, int]:
    """Drop what is past its period; return how much of each kind. What is not reached in time waits for the next."""
    deadline, dropped = time.monotonic() + seconds, {}
    for period in periods():
        if period.days is None:
            continue
        clock = now if period.kept.by_shop_clock else real_now
        n = _some(period.kept.drop(clock() - timedelta(days=period.days)), deadline)
        if n:
            dropped[period.key] = n
            log.info("past its period", kind=period.key, n=n)
    return dropped


def _some(lots: Iterator[int], deadline: float) -> int:
    total = 0
    for n in lots:
        total += n
        if time.monotonic() > deadline:
            break
    return total
