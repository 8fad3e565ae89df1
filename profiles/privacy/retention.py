"""Nothing is kept longer than promised: each kind of data has a period, and a daily job
drops what is past it.

Each app registers its kinds in the group ``retention``; people change the periods in
the admin.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.models import User
from django.db.models.functions import Now

from profiles.models import RetentionPeriod
from profiles.privacy.contract import Words
from retention_site.lib import registry
from retention_site.lib.clock import now, real_now

GROUP = "retention"
AT_ONCE = 5_000  # rows of one statement
MOST_DAYS = 36_500
Progress = Callable[[float], None]


class Kept(ABC):
    """One kind of data that grows old."""

    label: ClassVar[Words]
    fate: ClassVar[Words]  # what becomes of it at the end
    days: ClassVar[int | None] = None  # unless people decide otherwise; None: for ever
    # its times are the shop's; else the database's
    by_shop_clock: ClassVar[bool] = False

    @abstractmethod
    def drop(self, before: datetime) -> Iterator[int]:
        """Drop what is older, some rows at a time, each lot committed by itself; yield
        how many that were.
        """


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
    return [
        Period(key, kept, decided.get(key, kept.days), key not in decided)
        for key, kept in kinds
    ]


def decide(key: str, days: int | None, *, by: User | None = None) -> None:
    """Keep a kind of data for so many days, None for ever. Raise
    `registry.UnknownPlugin` or `ValueError`.
    """
    registry.load(GROUP, key)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise ValueError(f"A period has 1 to {MOST_DAYS} days.")
    RetentionPeriod.objects.update_or_create(
        kind=key, defaults={"days": days, "changed_by": by, "changed_at": Now()}
    )


def due() -> list[str]:
    """Return the kinds that are not kept for ever."""
    return [period.key for period in periods() if period.days is not None]


def drop(key: str, progress: Progress = lambda _share: None) -> int:
    """Drop what is past its period of one kind; return how much that was. Stopped
    half-way, the rest goes next time.
    """
    period = next(one for one in periods() if one.key == key)
    if period.days is None:
        return 0
    clock = now if period.kept.by_shop_clock else real_now
    total = 0
    for n in period.kept.drop(clock() - timedelta(days=period.days)):
        total += n
        progress(0.5)
    return total
