"""A rule over three things that are known of most customers: how much they spend, how
often they come, and how much they look at the price.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from campaigns.offers.policies.base import Traits, Worth, number

BEST = 5  # fifths of the shop
CELL = 3  # recency, frequency, money


@dataclass(frozen=True)
class ByRule:
    """More for whoever spends much, comes rarely and buys at a reduction; less for whoever
    comes anyway.
    """

    smallest: Decimal
    largest: Decimal
    step: Decimal = Decimal("1.00")
    weight_of_spend: float = field(default=1, metadata={"low": 0, "high": 10})
    weight_of_rarity: float = field(default=1, metadata={"low": 0, "high": 10})
    weight_of_sensitivity: float = field(default=1, metadata={"low": 0, "high": 10})
    # four tenths saved: full price is rare
    full_at: float = field(default=0.4, metadata={"low": 0.01, "high": 1})
    tiers: str = "rfm"  # a trait of three fifths, as 543
    sensitivity: str = "price_sensitivity"  # a trait from 0 to 1

    def __post_init__(self) -> None:
        if self.smallest > self.largest:
            raise ValueError("smallest is above largest.")
        if self.step <= 0:
            raise ValueError("step must be above 0.")
        if not self._weights():
            raise ValueError("one of the weights must be above 0.")

    def worth(self, traits: Traits) -> Worth:
        """Return the smallest value where the shop doesn't know enough, and say what it
        doesn't know.
        """
        cell, sensitivity = traits.get(self.tiers), number(traits, self.sensitivity)
        if not (isinstance(cell, str) and len(cell) == CELL and cell.isdecimal()):
            return Worth(self.smallest, _("spend and frequency are not known"))
        if sensitivity is None:
            return Worth(self.smallest, _("price sensitivity is not known"))
        frequency, money = int(cell[1]), int(cell[2])
        share = (
            self.weight_of_spend * _place(money)
            + self.weight_of_rarity * (1 - _place(frequency))
            + self.weight_of_sensitivity
            * min(1.0, max(0.0, sensitivity / self.full_at))
        ) / self._weights()
        grown = self.smallest + (self.largest - self.smallest) * Decimal(str(share))
        words = _(
            "spend is in fifth %(money)d of 5, frequency in fifth %(frequency)d, price"
            " sensitivity %(sensitivity).0f %%"
        ) % {
            "money": money,
            "frequency": frequency,
            "sensitivity": 100 * sensitivity,
        }
        return Worth(self._rounded(grown), words)

    def _weights(self) -> float:
        return self.weight_of_spend + self.weight_of_rarity + self.weight_of_sensitivity

    def _rounded(self, value: Decimal) -> Decimal:
        steps = (value / self.step).quantize(Decimal(1), ROUND_HALF_UP)
        return min(self.largest, max(self.smallest, steps * self.step))


def _place(fifth: int) -> float:
    """Return where a fifth of the shop lies, 0 to 1."""
    return (min(BEST, max(1, fifth)) - 1) / (BEST - 1)
