"""Everybody's coupon is worth the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from campaigns.offers.policies.base import Traits, Worth


@dataclass(frozen=True)
class Fixed:
    amount: Decimal

    def worth(self, traits: Traits) -> Worth:
        return Worth(self.amount, "everybody gets the same")
