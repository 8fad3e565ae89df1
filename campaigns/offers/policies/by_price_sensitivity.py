"""The more a customer buys by price, and the more the usual basket is worth, the larger
the coupon.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from campaigns.offers.policies.base import Traits, Worth, number


@dataclass(frozen=True)
class ByPriceSensitivity:
    """A share of the usual basket that grows with price sensitivity, up to `full_at`,
    and stays inside bounds.
    """

    smallest: Decimal
    largest: Decimal
    step: Decimal = Decimal("1.00")
    share_at_none: float = field(default=0.05, metadata={"low": 0, "high": 1})
    share_at_full: float = field(default=0.2, metadata={"low": 0, "high": 1})
    # four tenths saved: full price is rare
    full_at: float = field(default=0.4, metadata={"low": 0.01, "high": 1})
    sensitivity: str = "price_sensitivity"  # a trait from 0 to 1
    spend: str = "basket"  # a trait in the shop's currency

    def __post_init__(self) -> None:
        if self.smallest > self.largest:
            raise ValueError("smallest is above largest.")
        if self.step <= 0:
            raise ValueError("step must be above 0.")

    def worth(self, traits: Traits) -> Worth:
        """Return the smallest value where the shop doesn't know enough, and say what it
        doesn't know.
        """
        sensitivity, spend = (
            number(traits, self.sensitivity),
            number(traits, self.spend),
        )
        if sensitivity is None:
            return Worth(self.smallest, _("price sensitivity is not known"))
        if spend is None:
            return Worth(self.smallest, _("the usual basket is not known"))
        grown = min(1.0, max(0.0, sensitivity / self.full_at))
        share = self.share_at_none + (self.share_at_full - self.share_at_none) * grown
        value = self._rounded(Decimal(str(max(0.0, spend) * share)))
        words = _(
            "the usual basket is %(spend).0f and price sensitivity %(sensitivity).0f %%"
        ) % {
            "spend": spend,
            "sensitivity": 100 * sensitivity,
        }
        return Worth(value, words)

    def _rounded(self, value: Decimal) -> Decimal:
        steps = (value / self.step).quantize(Decimal(1), ROUND_HALF_UP)
        return min(self.largest, max(self.smallest, steps * self.step))
