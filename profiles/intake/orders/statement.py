"""What one message says of an order: its lines and state, a refund, or its end. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How far the sender says that an order has come."""

    PENDING = "pending"
    PLACED = "placed"
    PAID = "paid"
    CANCELLED = "cancelled"
    VOIDED = "voided"

    @property
    def is_end(self) -> bool:
        return self in (State.CANCELLED, State.VOIDED)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, or of a refund; ``key`` names it in its order, "" where
    nobody said.
    """

    key: str
    item_id: str | None
    quantity: Decimal
    price: Decimal | None = None
    # of the event that it becomes
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def money(self) -> Decimal:
        return self.quantity * (self.price or 0)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back, once for its id: for lines, as an amount, or all that is left."""

    id: str
    at: datetime
    lines: tuple[OrderLine, ...] = ()
    amount: Decimal | None = None  # of goods, those of the lines among them
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of some lines, without their prices: how many more or less of each."""

    id: str
    at: datetime
    changes: Mapping[str, Decimal]  # by line


@dataclass(frozen=True, slots=True)
class Statement:
    """What one message says of one order."""

    order_id: str
    at: datetime  # placed, or ended
    # by the sender's clock: an older statement never undoes a newer one
    told_at: datetime
    state: State | None = None  # None: nothing is said of it
    ended_at: datetime | None = None
    lines: tuple[OrderLine, ...] = ()
    refunds: tuple[Refund, ...] = ()
    edits: tuple[Edit, ...] = ()
    rank: int = 0  # a thank-you page (0) may be loaded again after an update (1)
    has_total_only: bool = False  # one line that stands for products which nobody named
    says_whether_ended: bool = False  # it would say so if the order were cancelled
    currency: str | None = None
    cart_id: str | None = None

    @property
    def is_about_known(self) -> bool:
        """Whether it speaks of an order that was placed before, which says itself whose
        it is.
        """
        return self.state is None or self.state.is_end


def keyed(lines: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    """Give lines without a name one: the item, and which of the item's lines it is."""
    seen: Counter[str] = Counter()
    named = []
    for line in lines:
        item = line.item_id or ""
        if not line.key:
            seen[item] += 1
            line = replace(line, key=f"item {item} {seen[item]}")
        named.append(line)
    return tuple(named)


def distinct(lines: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    """Tell lines of one name apart: the name was not theirs alone."""
    seen: Counter[str] = Counter()
    apart = []
    for line in lines:
        seen[line.key] += 1
        n = seen[line.key]
        apart.append(line if n == 1 else replace(line, key=f"{line.key} ({n})"))
    return tuple(apart)
