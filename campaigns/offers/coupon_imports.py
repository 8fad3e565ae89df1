"""Files of codes that another system made, for pools that give them out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection, transaction

from campaigns.models import Coupon, CouponPool
from campaigns.models.coupon import STOCK
from campaigns.offers import pools
from campaigns.offers.codes import as_stored
from profiles.intake.cleaners import any_moment, identifier, number
from profiles.intake.files.source import Refused
from profiles.intake.kinds.base import Clean, Column, ImportKind, Stored
from retention_site.lib.clock import now

USUAL_DAYS = 365  # of a code whose file names no end
NO_CODE = "no letters or digits"
TAKEN = "another pool has this code"
NOT_FROM_FILES = "this pool makes its codes itself"
NO_VALUE = "missing: neither the file nor the pool says what it is worth"
NO_ROOM = "over the pool's number of coupons or its budget"
TOO_LARGE = "above what one coupon of the pool may cost"
Row = dict[str, Any]


class Coupons(ImportKind):
    """A row is one code. A pool that nobody made yet is made, as large as its codes; one
    that is there takes no more than its limits allow, and the rest is refused.
    """

    columns: ClassVar = (
        Column("pool", identifier, is_required=True),
        Column("code", identifier, is_required=True),
        Column("value", number(14, 2)),
        Column("expires_at", any_moment),
    )

    def __init__(self) -> None:
        self.refused: list[Refused] = []

    def store(self, batches: Iterator[Clean], source: str) -> Stored:
        with transaction.atomic():
            n = sum(self._batch(batch.rows.to_pylist()) for batch in batches)
        return Stored(n)

    def _batch(self, rows: list[Row]) -> int:
        by_pool: dict[str, list[Row]] = {}
        for row in rows:
            by_pool.setdefault(str(row["pool"]), []).append(row)
        # always in the order of names, so that two files never wait for each other
        return sum(self._into(name, by_pool[name]) for name in sorted(by_pool))

    def _into(self, name: str, rows: list[Row]) -> int:
        pool, is_new = _pool(name)
        fresh = self._readable(pool, rows)
        if pool.codes != CouponPool.Codes.IMPORTED:
            for row in fresh.values():
                self._refuse(row, "pool", NOT_FROM_FILES)
            return 0
        known = _known(list(fresh))
        for key, owner in known.items():
            row = fresh.pop(key)
            if owner != pool.pk:
                self._refuse(row, "code", TAKEN)
        return self._add(pool, fresh, is_new=is_new)

    def _readable(self, pool: CouponPool, rows: list[Row]) -> dict[str, Row]:
        """Return rows by their code as it is stored; of two alike the first."""
        found: dict[str, Row] = {}
        for row in rows:
            key = as_stored(str(row["code"]))
            row["worth"] = _worth(pool, row)
            if not key:
                self._refuse(row, "code", NO_CODE)
            elif row["worth"] is None or row["worth"] <= 0:
                self._refuse(row, "value", NO_VALUE)
            elif pool.value is not None and row["worth"] > pool.value:
                self._refuse(row, "value", TOO_LARGE)
            else:
                found.setdefault(key, row)
        return found

    def _add(self, pool: CouponPool, fresh: dict[str, Row], *, is_new: bool) -> int:
        if is_new or _grows(pool):
            _grow(pool, fresh)
        left, money = pools.room(pool)
        fitting: list[Coupon] = []
        for key, row in fresh.items():
            if left < 1 or row["worth"] > money:
                self._refuse(row, "pool", NO_ROOM)
                continue
            left, money = left - 1, money - row["worth"]
            fitting.append(_coupon(pool, key, row))
        pools.take(pool, len(fitting), sum((one.value for one in fitting), Decimal(0)))
        Coupon.objects.bulk_create(fitting, batch_size=2000)
        return len(fitting)

    def _refuse(self, row: Row, column: str, reason: str) -> None:
        shown = {
            key: str(row[key])
            for key in ("pool", "code", "value", "expires_at")
            if row.get(key) is not None
        }
        self.refused.append(Refused(int(row["line"]), column, reason, shown))


def _pool(name: str) -> tuple[CouponPool, bool]:
    """Lock the pool, made now if nobody made it."""
    made, is_new = CouponPool.objects.get_or_create(
        name=name,
        defaults={
            "currency": settings.SHOP_CURRENCY,
            "codes": CouponPool.Codes.IMPORTED,
            "cap": 0,
            "budget": 0,
        },
    )
    return CouponPool.objects.select_for_update().get(pk=made.pk), is_new


def _grows(pool: CouponPool) -> bool:
    """Say whether a pool came from files alone: its codes are its limits."""
    return pool.value is None and pool.campaign_id is None


def _grow(pool: CouponPool, fresh: dict[str, Row]) -> None:
    worth = sum((row["worth"] for row in fresh.values()), Decimal(0))
    CouponPool.objects.filter(pk=pool.pk).update(
        cap=pool.n_issued + len(fresh), budget=max(pool.budget, pool.committed + worth)
    )


def _known(keys: list[str]) -> dict[str, int | None]:
    """Return which codes are there already, with their pools."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, pool_id FROM campaigns_coupon WHERE code = ANY(%s) UNION ALL"
            " SELECT code_key, NULL FROM campaigns_couponpool WHERE code_key = ANY(%s)",
            [keys, keys],
        )
        return dict(cursor.fetchall())


def _worth(pool: CouponPool, row: Row) -> Decimal | None:
    said = row.get("value")
    return pool.value if said is None else Decimal(str(said)).quantize(Decimal("0.01"))


def _coupon(pool: CouponPool, key: str, row: Row) -> Coupon:
    code, at = str(row["code"]), now()
    expires_at = row.get("expires_at") or pool.ends_at or at + timedelta(USUAL_DAYS)
    return Coupon(
        pool=pool,
        code=key,
        shown="" if code == key else code,
        value=row["worth"],
        grant_key=f"{STOCK}{key}",
        issued_at=at,
        expires_at=expires_at,
    )
