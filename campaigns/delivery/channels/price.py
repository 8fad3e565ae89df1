"""What one unit of a channel costs, as its provider's settings say."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from campaigns.delivery.channels.provider import Given


@dataclass(frozen=True)
class Price:
    """What one unit costs."""

    amount: Decimal
    currency: str


def price_of(given: Given) -> Price | None:
    """Return what the settings' fields ``price`` and ``currency`` say; None where
    nobody said.
    """
    amount = given.text("price")
    return (
        Price(Decimal(amount), given.text("currency") or settings.SHOP_CURRENCY)
        if amount
        else None
    )
