"""What is left of purchases, worked out one return after the other: the slow and plain
way.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

SMALL = Fraction(1, 10**6)


@dataclass
class Line:
    """A purchase (quantity above 0) or a return (below it); ``left`` and ``money`` go
    down as they are matched.
    """

    customer: int
    at: datetime
    quantity: float
    price: float | None
    item: str | None = None
    order: str | None = None
    source: str = ""
    fact: Any = None
    left: Fraction = field(init=False)
    money: Fraction | None = field(init=False)

    def __post_init__(self) -> None:
        self.left = abs(Fraction(str(self.quantity)))
        self.money = (
            None if self.price is None else self.left * Fraction(str(self.price))
        )
        self.whole, self.all_money = self.left, self.money
        if self.is_back and self.item is None:
            self.left = Fraction(0)

    @property
    def is_back(self) -> bool:
        return self.quantity < 0

    @property
    def is_kept(self) -> bool:
        if self.is_back:
            return False
        if (self.left, self.money) == (self.whole, self.all_money):
            return True
        return self.left > 0 and (not self.all_money or self.money > SMALL)

    @property
    def revenue(self) -> float | None:
        return (
            None
            if self.money is None
            else float(-self.money if self.is_back else self.money)
        )


def netted(lines: Iterable[Line]) -> list[Line]:
    """Return the purchases with what is left of them, and the returns of which
    something finds no purchase.
    """
    lines = list(lines)
    own = [line for line in lines if line.order is not None and line.item is not None]
    by_time = sorted(own, key=lambda line: (line.is_back, line.at))
    _match(by_time, lambda line: (line.customer, line.source, line.order, line.item))
    named = sorted(
        (line for line in lines if line.item is not None),
        key=lambda line: (line.at, line.is_back),
    )
    _match(named, lambda line: (line.customer, line.item))
    _spread(lines)
    return [
        line
        for line in lines
        if not line.is_back or line.left > 0 or (line.money or 0) > SMALL
    ]


def _match(lines: list[Line], key: Callable[[Line], tuple]) -> None:
    groups = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    for group in groups.values():
        _unpile(group)


def _unpile(group: list[Line]) -> None:
    """Let returns take from the purchases before them, the last one first; share their
    money by what it had cost.
    """
    pile: list[Line] = []
    taken: dict[int, Fraction] = defaultdict(Fraction)
    for line in group:
        if not line.is_back:
            pile.append(line)
            continue
        wanted = line.left
        while wanted > 0 and pile:
            top = pile[-1]
            some = min(wanted, top.left - taken[id(top)])
            taken[id(top)] += some
            taken[id(line)] += some
            wanted -= some
            if taken[id(top)] == top.left:
                pile.pop()
    cost = {
        id(line): (
            (line.money or 0) * taken[id(line)] / line.left
            if line.left
            else Fraction(0)
        )
        for line in group
    }
    of_all = sum(cost[id(line)] for line in group if not line.is_back)
    given = sum(cost[id(line)] for line in group if line.is_back)
    n_back = sum(taken[id(line)] for line in group if line.is_back)
    unpriced = sum(
        taken[id(line)] for line in group if line.is_back and line.money is None
    )
    given += of_all * unpriced / n_back if n_back else 0
    for line in group:
        if of_all > 0 and line.money is not None:
            line.money -= cost[id(line)] * (1 if line.is_back else given / of_all)
        line.left -= taken[id(line)]


def _spread(lines: list[Line]) -> None:
    orders = defaultdict(list)
    for line in lines:
        if line.order is not None:
            orders[(line.customer, line.source, line.order)].append(line)
    for order in orders.values():
        refunds = [
            line for line in order if line.is_back and line.item is None and line.money
        ]
        bought = [
            line
            for line in order
            if not line.is_back and line.money is not None and line.money > 0
        ]
        refunded, worth = (
            sum(line.money for line in refunds),
            sum(line.money for line in bought),
        )
        given = min(refunded, worth)
        for some, whole in ((refunds, refunded), (bought, worth)):
            for line in some:
                line.money -= line.money * given / whole if whole else 0
