"""The shelf as triggers last saw it, and what has changed on it since."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

CHANGES = """
    SELECT item.external_id, seen.available, item.available, seen.price, item.price
    FROM profiles_item item JOIN campaigns_itemseen seen ON seen.item_id = item.external_id
    WHERE item.available IS DISTINCT FROM seen.available OR item.price IS DISTINCT FROM seen.price
"""
IS_STALE = """
    SELECT EXISTS (
        SELECT FROM profiles_item item LEFT JOIN campaigns_itemseen seen ON seen.item_id = item.external_id
        WHERE seen.item_id IS NULL OR item.available IS DISTINCT FROM seen.available
            OR item.price IS DISTINCT FROM seen.price
    )
"""
REMEMBER = """
    INSERT INTO campaigns_itemseen AS seen (item_id, available, price)
    SELECT external_id, available, price FROM profiles_item
    ON CONFLICT (item_id) DO UPDATE SET available = excluded.available, price = excluded.price
    WHERE seen.available IS DISTINCT FROM excluded.available OR seen.price IS DISTINCT FROM excluded.price
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one item since the last look."""

    item: str
    was_available: bool
    is_available: bool
    price_before: Decimal | None
    price: Decimal | None

    @property
    def is_back(self) -> bool:
        return self.is_available and not self.was_available

    def is_drop(self, least: float) -> bool:
        """Whether it can be had for less by at least this share."""
        if not (self.is_available and self.price is not None and self.price_before):
            return False
        return self.price <= self.price_before * (1 - Decimal(str(least)))

    def told(self) -> dict[str, Any]:
        prices = {"price_before": self.price_before, "price": self.price}
        return {
            name: f"{price:.2f}" for name, price in prices.items() if price is not None
        }


def is_stale() -> bool:
    """Say whether there is anything on the shelf that was not seen so."""
    with connection.cursor() as cursor:
        cursor.execute(IS_STALE)
        return bool(cursor.fetchone()[0])


def changes() -> list[Change]:
    """Return the items that are not as they were seen last; new ones are no change."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES)
        return [Change(*row) for row in cursor.fetchall()]


def remember() -> None:
    """See the shelf as it is now."""
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER)
