"""The more a customer buys by price, and the more a usual visit is worth, the larger the coupon."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from campaigns.offers.policies.base import Traits, Worth, number


@dataclass(frozen=True)
class ByPriceSensitivity:
    """A share of the usual visit that grows from `share_at_none` to `share_at_full` with price sensitivity."""

    smallest: Decimal
    largest: Decimal
    step: Decimal = Decimal("1.00")
    share_at_none: float = field(default=0.05, metadata={"low": 0, "high": 1})
    share_at_full: float = field(default=0.2, metadata={"low": 0, "high": 1})
    sensitivity: str = "price_sensitivity"  # a trait from 0 to 1
    spend: str = "average_basket"  # a trait in the shop's currency

    def __post_init__(self) -> None:
        if self.smallest > self.largest:
            raise ValueError("smallest is above largest.")
        if self.step <= 0:
            raise ValueError("step must be above 0.")

    def worth(self, traits: Traits) -> Worth:
        """Return the smallest value where the shop doesn't know enough."""
        sensitivity, spend = number(traits, self.sensitivity), number(traits, self.spend)
        if sensitivity is None or spend is None:
            return Worth(self.smallest, _("too little is known for more"))
        sensitivity = min(1.0, max(0.0, sensitivity))
        share = self.share_at_none + (self.share_at_full - self.share_at_none) * sensitivity
        value = self._rounded(Decimal(str(max(0.0, spend) * share)))
        words = _("a usual visit is worth %(spend).0f and price sensitivity is %(sensitivity).0f %%") % {
            "spend": spend,
            "sensitivity": 100 * sensitivity,
        }
        return Worth(value, words)

    def _rounded(self, value: Decimal) -> Decimal:
        steps = (value / self.step).quantize(Decimal(1), ROUND_HALF_UP)
        return min(self.largest, max(self.smallest, steps * self.step))
