"""The ledger of one order: what was told of it, what was written, and what is to be
written next.

Facts are never changed. What is told is compared with the sum of what was written, so
that the same telling twice, late or in another order writes nothing twice. Pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from profiles.intake.orders.apportionment import apportioned, per_unit
from profiles.intake.orders.statement import Edit, OrderLine, Refund, State, Statement

SALE, EDIT, PRICE, END = "sale", "edit", "price", "end"
REFUND = "refund:"
LEAST = Decimal("0.0001")  # money below it is what a price per unit could not tell
NOTHING = Decimal(0)
# What an edit takes off may be told as a refund too, of the same moment
ONE_ACT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact that was written: bought above zero, came back below; without a line it
    is money.
    """

    line: str
    why: str
    item_id: str | None
    quantity: Decimal
    price: Decimal | None
    at: datetime | None = None  # known while it is to be written

    @property
    def money(self) -> Decimal:
        return self.quantity * (self.price or 0)


@dataclass
class Ledger:
    """What is known of one order. `hear` takes a statement in; `due` says what to write
    of it.
    """

    lines: dict[str, OrderLine] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    edits: dict[str, Edit] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    is_paid: bool = False
    state: State = State.PENDING
    placed_at: datetime | None = None
    told_at: datetime | None = None
    rank: int = 0
    ended_at: datetime | None = None
    _by_line: dict[str, list[Entry]] = field(
        init=False, default_factory=lambda: defaultdict(list)
    )

    def __post_init__(self) -> None:
        for one in self.entries:
            self._by_line[one.line].append(one)

    def add(self, entry: Entry) -> None:
        """Take in a fact that is written, or will be."""
        self.entries.append(entry)
        self._by_line[entry.line].append(entry)

    def hear(self, said: Statement) -> None:
        """Take in what a statement says; of two about the same, the newer one holds."""
        for refund in said.refunds:
            self.refunds.setdefault(refund.id, refund)
        for edit in said.edits:
            self.edits.setdefault(edit.id, edit)
        if said.state is None:
            return
        if said.state.is_end and not said.says_whether_ended:
            self._end(said.state, said.ended_at or said.at)
            return
        told = (said.rank, said.told_at)
        if self.told_at is not None and told < (self.rank, self.told_at):
            return
        is_newer = self.told_at is None or told > (self.rank, self.told_at)
        self.rank, self.told_at = told
        self.placed_at = self.placed_at or said.at
        if said.lines and not (said.has_total_only and self.lines):
            self.lines = {line.key: line for line in said.lines}
        if said.state.is_end:
            self._end(said.state, said.ended_at or said.told_at)
        elif said.state is not State.PENDING:
            self.is_paid = True
            if said.says_whether_ended and is_newer:
                self.ended_at = None
            if self.ended_at is None:
                self.state = said.state

    def _end(self, state: State, at: datetime) -> None:
        if self.ended_at is None:
            self.state, self.ended_at = state, at

    def due(self) -> list[Entry]:
        """Return what is still to be written, and hold it for written."""
        n = len(self.entries)
        if self.is_paid and self.lines and (self.entries or self.ended_at is None):
            self._sell()
        given = {one.why for one in self.entries}
        for refund in self.refunds.values():
            if REFUND + refund.id not in given:
                self._give_back(refund)
        if self.ended_at is not None:
            self._return_all(END, self.ended_at)
        self._forgive()
        return self.entries[n:]

    def _forgive(self) -> None:
        """A refund that was heard before its order may hold tax and shipping: they were
        no revenue.
        """
        if self.has_sold and self.money_left <= -LEAST:
            self._write(
                "", PRICE, None, [(Decimal(1), -self.money_left)], self.placed_at
            )

    # What is there

    def lines_now(self) -> dict[str, OrderLine]:
        """Return the lines as they were told last, with the edits since. What the
        statement was told after, it holds; a line that it doesn't name has no price, and
        waits for one that does.
        """
        found = dict(self.lines)
        for edit in self._edits_since():
            for key, change in edit.changes.items():
                if line := found.get(key):
                    change = min(
                        change + self._refunded_with(edit, key), max(change, NOTHING)
                    )
                    quantity = max(line.quantity + change, NOTHING)
                    found[key] = replace(line, quantity=quantity)
        return found

    def _edits_since(self) -> list[Edit]:
        told_at = self.told_at
        since = [one for one in self.edits.values() if told_at and one.at > told_at]
        return sorted(since, key=lambda one: (one.at, one.id))

    def _refunded_with(self, edit: Edit, key: str) -> Decimal:
        """Return how many of a line a refund of the same act gives back."""
        return sum(
            (
                line.quantity
                for one in self.refunds.values()
                if abs(one.at - edit.at) <= ONE_ACT
                for line in one.lines
                if line.key == key
            ),
            NOTHING,
        )

    @property
    def has_sold(self) -> bool:
        return any(one.why == SALE for one in self.entries)

    @property
    def money_left(self) -> Decimal:
        return sum((one.money for one in self.entries), NOTHING)

    def left(self, line: str) -> Decimal:
        """Return how many of a line the customer has."""
        return sum(
            (one.quantity for one in self._of(line) if one.why != PRICE), NOTHING
        )

    def keys(self) -> list[str]:
        """Return the lines of which something was written."""
        return [line for line, entries in self._by_line.items() if line and entries]

    def _of(self, line: str) -> Sequence[Entry]:
        return self._by_line.get(line, ())

    # What is to be written

    def _write(
        self,
        line: str,
        why: str,
        item_id: str | None,
        parts: Sequence[tuple[Decimal, Decimal | None]],
        at: datetime | None,
    ) -> None:
        for n, price in parts:
            self.add(Entry(line, why, item_id, n, price, at))

    def _sell(self) -> None:
        """Bring what was bought to what the lines say now; an order that ended is not
        edited.
        """
        if self.ended_at is not None and self.has_sold:
            return
        lines, edits = self.lines_now(), self._edits_since()
        changed_at = edits[-1].at if edits else self.told_at
        at = changed_at if self.has_sold else self.placed_at
        for line in lines.values():
            more = line.quantity - self._bought(line.key)
            if more > 0:
                self._write(line.key, SALE, line.item_id, [(more, line.price)], at)
            elif more < 0:
                self._take_off(line.key, -more, at)
            self._settle_price(line, at)
        for key in self.keys():
            if key not in lines and self._bought(key) > 0:
                self._take_off(key, self._bought(key), at)

    def _bought(self, line: str) -> Decimal:
        # An end that was taken back is sold again.
        return sum(
            (one.quantity for one in self._of(line) if one.why in (SALE, EDIT, END)),
            NOTHING,
        )

    def _cost(self, line: str) -> Decimal:
        return sum(
            (one.money for one in self._of(line) if not one.why.startswith(REFUND)),
            NOTHING,
        )

    def _take_off(self, line: str, quantity: Decimal, at: datetime | None) -> None:
        quantity = min(quantity, self.left(line))
        if quantity > 0:
            # the last piece takes all that is left of the money: shares that were
            # rounded must not leave a cent behind
            share = quantity / self._bought(line)
            money = (
                self._cost(line) if share == 1 else round(self._cost(line) * share, 8)
            )
            self._return(line, EDIT, self._item(line), quantity, money, at)

    def _settle_price(self, line: OrderLine, at: datetime | None) -> None:
        """A line that costs something else now, as many as before, is money given back
        or paid on.
        """
        if line.price is None or self._bought(line.key) != line.quantity:
            return
        more = line.money - self._cost(line.key)
        if abs(more) >= LEAST:
            one = Decimal(1) if more > 0 else Decimal(-1)
            self._write(line.key, PRICE, None, [(one, abs(more))], at)

    def _give_back(self, refund: Refund) -> None:
        why = REFUND + refund.id
        if self.lines and not self.has_sold:
            return  # nothing was paid, or not yet
        if refund.is_whole:
            self._return_all(why, refund.at)
            return
        if refund.amount is not None and not refund.lines:
            self._give_amount(refund.amount, why, refund.at)
            return
        # by the lines of this refund before
        taken: dict[str, Decimal] = defaultdict(Decimal)
        back = [one for line in refund.lines for one in self._lines_of(line, taken)]
        money = [quantity * price for _key, _item, quantity, price in back]
        given = sum(money, NOTHING)
        # a shop may give back less than the prices say: what it paid back is what
        # counts
        if refund.amount is not None and refund.amount < given:
            money = apportioned(max(refund.amount, NOTHING), money)
        for (key, item, quantity, _price), amount in zip(back, money, strict=True):
            self._return(key, why, item, quantity, amount, refund.at)
        if refund.amount is not None and refund.amount - given >= LEAST:
            self._give_amount(refund.amount - given, why, refund.at)

    def _give_amount(self, amount: Decimal, why: str, at: datetime) -> None:
        """Money alone comes back; when it is all that was left, so does everything
        else.
        """
        left = self.money_left
        # within a hundredth: tax and rounding differ between what shops say and what
        # adds up
        if self.has_sold and amount >= left - LEAST:
            self._return_all(why, at)
        elif amount > 0:
            self._write("", why, None, [(Decimal(-1), amount)], at)

    def _lines_of(
        self, said: OrderLine, taken: dict[str, Decimal]
    ) -> Iterator[tuple[str, str | None, Decimal, Decimal]]:
        """Find the order's lines that a refunded line speaks of: key, item, how many,
        price.
        """
        candidates = self._candidates(said) if self.has_sold else []
        # not known here (yet): what it says itself
        if not candidates and said.price is not None:
            yield said.key, said.item_id, said.quantity, said.price
        wanted = said.quantity
        for key in candidates:
            quantity = min(wanted, self.left(key) - taken[key])
            if quantity > 0:
                wanted -= quantity
                taken[key] += quantity
                unit = self._left_money(key) / self.left(key)
                price = unit if said.price is None else min(said.price, unit)
                yield key, self._item(key), quantity, price

    def _candidates(self, said: OrderLine) -> list[str]:
        if self._of(said.key):
            return [said.key]
        return [
            key
            for key in self.keys()
            if said.item_id and self._item(key) == said.item_id
        ]

    def _left_money(self, line: str) -> Decimal:
        return max(sum((one.money for one in self._of(line)), NOTHING), NOTHING)

    def _return_all(self, why: str, at: datetime) -> None:
        """Return all that is left, its money shared by what each line cost."""
        if not self.has_sold:
            return
        left = [(key, self.left(key)) for key in self.keys() if self.left(key) > 0]
        money = max(self.money_left, NOTHING)
        if not left:
            if money >= LEAST:
                self._write("", why, None, [(Decimal(-1), money)], at)
            return
        shares = apportioned(money, [self._left_money(key) for key, _quantity in left])
        for (key, quantity), amount in zip(left, shares, strict=True):
            self._return(key, why, self._item(key), quantity, amount, at)

    def _return(
        self,
        line: str,
        why: str,
        item_id: str | None,
        quantity: Decimal,
        amount: Decimal,
        at: datetime | None,
    ) -> None:
        if quantity > 0:
            parts = [(-n, price) for n, price in per_unit(quantity, amount)]
            self._write(line, why, item_id, parts, at)

    def _item(self, line: str) -> str | None:
        return next((one.item_id for one in self._of(line) if one.item_id), None)
