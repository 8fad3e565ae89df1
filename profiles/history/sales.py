"""Sales: what was bought, less what came back of it. The one home of net money.

A row is a line of a purchase with what is left of it, or the part of a return that no
purchase explains.
"""

from collections.abc import Sequence
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

MOMENT = dt.Timestamp(timezone="UTC")
COLUMNS = {
    "customer": "int64",
    "type": "string",
    "happened_at": MOMENT,
    "received_at": MOMENT,
    "source": "string",
    "item_id": "string",
    "order_id": "string",
    "quantity": "float64",
    "price": "float64",
    "discount": "float64",
    "currency": "string",
    "campaign_id": "string",
    "coupon_code": "string",
    "session_id": "string",
    "text": "string",
    "properties": "string",
    "revenue": "float64",
    "order_key": "string",
}
events = ibis.table(COLUMNS, name="events")
PIECE = 1000  # quantities have three places: whole thousandths add up exactly
NOTHING = 1e-6  # money below it is a rounding
ORDER = ["customer", "source", "order_id"]
ITEM = ["customer", "item_id"]


def sales(events: ir.Table) -> ir.Table:
    """Net the purchases among ``events``: their columns, ``gross`` money, and whether
    anything ``is_kept``.

    An item that came back is taken off its own order's line, else off the customer's
    latest earlier purchases of that item. A return without an item is money: it is
    spread over what is left of its order. What finds no purchase stays a row of type
    ``return`` with negative money. So money always adds up to purchases less returns.
    """
    bought, items, orders = _bought(events), _items_back(events), _orders_back(events)
    # Most lines stay as they are: two small joins tell them apart, and only the others
    # are looked at closely.
    whole = bought.anti_join(items, ITEM).anti_join(orders, ORDER)
    whole = whole.select(
        *events.columns, gross=whole.revenue, is_kept=ibis.literal(value=True)
    )
    return whole.union(touched(events).drop("discount_before"))


def touched(events: ir.Table) -> ir.Table:
    """Return those of the `sales` of which something may have come back, with the
    ``discount_before`` it did.
    """
    bought, items, orders = _bought(events), _items_back(events), _orders_back(events)
    lines = bought.semi_join(items, ITEM).union(
        bought.semi_join(orders, ORDER).anti_join(items, ITEM)
    )
    rows = _lines(lines, is_back=False).union(_lines(_came_back(events), is_back=True))
    return _said(_netted(rows), events.columns)


def _bought(events: ir.Table) -> ir.Table:
    return events.filter(events.type == "purchase")


def _came_back(events: ir.Table) -> ir.Table:
    return events.filter((events.type == "return") & (events.quantity != 0))


def _items_back(events: ir.Table) -> ir.Table:
    back = _came_back(events)
    return back.filter(back.item_id.notnull()).select(ITEM).distinct()


def _orders_back(events: ir.Table) -> ir.Table:
    back = _came_back(events)
    return (
        back.filter(back.item_id.isnull(), back.order_id.notnull())
        .select(ORDER)
        .distinct()
    )


def _lines(events: ir.Table, *, is_back: bool) -> ir.Table:
    """Count each line's pieces and money upwards; a return without an item has money
    only.
    """
    # whole numbers: thousandths as fractions would leave crumbs of a piece behind
    pieces = (events.quantity.abs() * PIECE).round().cast("int64").fill_null(0)
    if is_back:
        pieces = ibis.ifelse(events.item_id.isnull(), 0, pieces)
    money = events.revenue.abs() if is_back else events.revenue
    return events.mutate(
        is_back=ibis.literal(is_back), all_pieces=pieces, pieces=pieces, money=money
    )


def _netted(rows: ir.Table) -> ir.Table:
    """Take returns off: of their own order, of the latest earlier purchases, then
    refunds of money.
    """
    tie = ["order_id", "price", "quantity", "received_at"]
    own = rows.order_id.notnull()
    rows = _taken_back(rows, own, [*ORDER, "item_id"], ["is_back", "happened_at", *tie])
    rows = _taken_back(
        rows, rows.item_id.notnull(), ITEM, ["happened_at", "is_back", *tie]
    )
    return _spread(rows)


def _taken_back(
    rows: ir.Table,
    takes_part: ir.BooleanValue,
    key: Sequence[str],
    order: Sequence[str],
) -> ir.Table:
    """Let every return take the pieces put on top last, as from a pile, among the rows
    of a key.

    The pile grows by what is bought and shrinks by what comes back, never below
    nothing. Of a purchase stays what the lowest pile after it still covers. The money
    given back is shared among the pieces taken, by what they had cost.
    """
    rows = rows.mutate(
        place=ibis.row_number().over(group_by=key, order_by=order),
        open=ibis.ifelse(takes_part, rows.pieces, 0),
    )
    so_far = ibis.cumulative_window(group_by=key, order_by="place")
    later = ibis.window(group_by=key, order_by="place", following=(1, None))
    rows = rows.mutate(
        balance=ibis.ifelse(rows.is_back, -rows.open, rows.open).sum().over(so_far)
    )
    rows = rows.mutate(
        # a running sum that never falls below zero, without a loop: the sum less its
        # lowest point so far, where that lies below zero
        pile=rows.balance - ibis.least(rows.balance.min().over(so_far), 0)
    )
    before = rows.pile.lag().over(ibis.window(group_by=key, order_by="place"))
    rows = rows.mutate(
        before=ibis.coalesce(before, 0),
        # a piece is gone once the pile has been lower than it: what comes on top later
        # is another
        lowest=ibis.coalesce(rows.pile.min().over(later), rows.pile),
    )
    stays = ibis.greatest(ibis.least(rows.pile, rows.lowest) - rows.before, 0)
    rows = rows.mutate(
        moved=ibis.ifelse(rows.is_back, rows.before - rows.pile, rows.open - stays)
    )
    return _with_money(rows, key)


def _with_money(rows: ir.Table, key: Sequence[str]) -> ir.Table:
    """Take off the moved pieces and their money; a return that names no price gives
    back what was paid.
    """
    among = ibis.window(group_by=key)
    cost = (rows.money * rows.moved / rows.pieces.nullif(0)).fill_null(0.0)
    unpriced = ibis.ifelse(rows.is_back & rows.money.isnull(), rows.moved, 0)
    rows = rows.mutate(
        cost=cost,
        cost_of_all=ibis.ifelse(rows.is_back, 0.0, cost).sum().over(among),
        given_for_all=ibis.ifelse(rows.is_back, cost, 0.0).sum().over(among),
        unpriced=unpriced.sum().over(among)
        / ibis.ifelse(rows.is_back, rows.moved, 0).sum().over(among).nullif(0),
    )
    given = rows.given_for_all + rows.cost_of_all * rows.unpriced.fill_null(0.0)
    part = ibis.ifelse(rows.is_back, 1.0, given / rows.cost_of_all.nullif(0))
    left = rows.money - ibis.ifelse(rows.cost_of_all > 0, rows.cost * part, 0.0)
    return rows.mutate(pieces=rows.pieces - rows.moved, money=left)


def _spread(rows: ir.Table) -> ir.Table:
    """Spread refunds of money over what is left of their order, by the money of each
    line.
    """
    order = ibis.window(group_by=ORDER)
    is_refund = rows.is_back & rows.item_id.isnull()
    worth = ibis.ifelse(rows.is_back, 0.0, ibis.greatest(rows.money, 0.0)).fill_null(
        0.0
    )
    rows = rows.mutate(
        refunded=ibis.ifelse(is_refund, rows.money, 0.0)
        .fill_null(0.0)
        .sum()
        .over(order),
        worth=worth.sum().over(order),
    )
    given = ibis.ifelse(
        rows.order_id.notnull(), ibis.least(rows.refunded, rows.worth), 0.0
    )
    of_lines = rows.money * (1 - (given / rows.worth.nullif(0)).fill_null(0.0))
    of_refunds = rows.money * (1 - (given / rows.refunded.nullif(0)).fill_null(0.0))
    left = ibis.cases(
        (is_refund, of_refunds),
        (rows.is_back | (rows.money <= 0), rows.money),
        else_=of_lines,
    )
    return rows.mutate(money=left)


def _said(rows: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Say what is left in the words of events; returns that were taken off whole are
    gone.
    """
    # sums of fractions differ in their last digits from run to run: six places are the
    # same
    rows = rows.mutate(money=rows.money.round(6))
    is_left = ~rows.is_back | (rows.pieces > 0) | (rows.money.fill_null(0.0) > NOTHING)
    rows = rows.filter(is_left)
    is_whole = (rows.pieces == rows.all_pieces) & (
        (rows.revenue - rows.money).abs() < NOTHING
    ).fill_null(True)
    was_free = (rows.revenue <= NOTHING).fill_null(True)
    has_some = (rows.pieces > 0) & (was_free | (rows.money > NOTHING).fill_null(True))
    share = (rows.pieces / rows.all_pieces.nullif(0)).fill_null(1.0)
    quantity = ibis.ifelse(rows.is_back, -rows.pieces / PIECE, rows.quantity * share)
    revenue = ibis.ifelse(rows.is_back, -rows.money, rows.money)
    discount = ibis.ifelse(rows.is_back, None, rows.discount * share)
    said = {"quantity": quantity, "revenue": revenue, "discount": discount}
    kept = cast(ir.BooleanValue, ~rows.is_back & (is_whole | has_some))
    gross = ibis.ifelse(rows.is_back, 0.0, rows.revenue)
    named = [said.get(name, rows[name]).name(name) for name in columns]
    return rows.select(*named, gross=gross, is_kept=kept, discount_before=rows.discount)
