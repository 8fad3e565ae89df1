"""Share money out so that the parts add up to the whole, to the last digit. Pure."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")
FINEST = Decimal("0.00000001")  # the places of a price per unit
Part = tuple[Decimal, Decimal]  # quantity, price per unit


def apportioned(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return ``amount`` in parts by weight, in cents where it is told in cents; they
    add up to it.

    Each part is the rounded running total less what was given before it, so that no
    part is off by more than a cent.
    """
    whole = sum(weights, Decimal(0))
    if not weights or whole <= 0:
        return [amount, *[Decimal(0)] * (len(weights) - 1)] if weights else []
    unit = CENT if amount == amount.quantize(CENT) else FINEST
    parts, given, weight = [], Decimal(0), Decimal(0)
    for one in weights:
        weight += one
        until = (amount * weight / whole).quantize(unit, ROUND_HALF_EVEN)
        parts.append(until - given)
        given = until
    return parts


def per_unit(quantity: Decimal, money: Decimal) -> list[Part]:
    """Return quantities and prices whose products add up to ``money`` exactly.

    One part where it divides; else the last unit is priced apart: 100 for three are two
    at 33.33 and one at 33.34. What is not counted in whole units is off by less than a
    unit of the last place.
    """
    price = (money / quantity).quantize(FINEST, ROUND_HALF_EVEN)
    if (
        price * quantity == money
        or quantity <= 1
        or quantity != quantity.to_integral_value()
    ):
        return [(quantity, price)]
    rounded = price.quantize(CENT, ROUND_HALF_EVEN)
    price = rounded if rounded else price
    rest = quantity - 1
    return [(rest, price), (Decimal(1), money - price * rest)]
