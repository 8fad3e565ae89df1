"""Which lines of a customer's newest orders are left after returns: of a few rows, as
messages name them. Pure.

The same rule as the history's sales: an item comes off its own order, else off the
latest earlier purchase of it; money that came back without an item cancels an order
once it is the whole of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str | None]


def order_of(row: Mapping[str, Any]) -> Key:
    """An order is known by its source and its id."""
    return row["source"], row["order_id"]


def less_returns(bought: Sequence[Row], returned: Sequence[Row]) -> list[Row]:
    """Return the purchase lines of which something is left, with what is left; both
    come newest first.
    """
    lines = [dict(row, quantity=_pieces(row)) for row in bought]
    # the oldest return first, as the history nets them
    for back in reversed(returned):
        if back["item_id"] is not None:
            _take(lines, back)
    refunds: dict[Key, Decimal] = defaultdict(Decimal)
    for back in returned:
        if back["item_id"] is None and back["price"] is not None:
            refunds[order_of(back)] += _pieces(back) * back["price"]
    worth: dict[Key, Decimal] = defaultdict(Decimal)
    for line in lines:
        worth[order_of(line)] += line["quantity"] * (line["price"] or 0)
    return [
        line
        for line in lines
        if line["quantity"] > 0 and not _is_refunded(order_of(line), refunds, worth)
    ]


def _take(lines: list[Row], back: Row) -> None:
    left = _pieces(back)
    own = [
        line
        for line in lines
        if order_of(line) == order_of(back) and back["order_id"] is not None
    ]
    for line in [*own, *(line for line in lines if line["at"] <= back["at"])]:
        if line["item_id"] == back["item_id"]:
            some = min(left, line["quantity"])
            line["quantity"] -= some
            left -= some


def _is_refunded(
    order: Key, refunds: Mapping[Key, Decimal], worth: Mapping[Key, Decimal]
) -> bool:
    return 0 < worth[order] <= refunds.get(order, Decimal())


def _pieces(row: Mapping[str, Any]) -> Decimal:
    return abs(row["quantity"] if row["quantity"] is not None else Decimal(1))
