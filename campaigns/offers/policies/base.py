"""What a coupon is worth to one customer: a value policy. Pure.

A policy is a frozen dataclass whose fields a marketer fills in: `Decimal` is money,
`float` and `int` carry `low` and `high` in their metadata, `str` is words. It is
registered under "value_policies" in retention_site/plugins.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

# portrait traits by key; what the shop doesn't know is absent
Traits = Mapping[str, Any]


@dataclass(frozen=True)
class Worth:
    """A coupon's value in the pool's currency, and why it is that: words that follow
    "because".
    """

    value: Decimal
    reason: str


class ValuePolicy(Protocol):
    def worth(self, traits: Traits) -> Worth:
        """Say what a coupon for this customer is worth; 0 gives none."""


def number(traits: Traits, key: str) -> float | None:
    """Return a trait as a number, None where it is unknown or something else."""
    value = traits.get(key)
    return (
        float(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else None
    )
