"""Who took what and when, as arrays: what every engine learns from and scores with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int32]
Long = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interactions:
    """Purchases of some customers, sorted by customer and, within one, from the oldest
    to the newest.

    `age_days` counts back from the moment of prediction, so nothing here knows a date.
    """

    keys: Long  # (n_customers,) who the rows are; customers without purchases have a row too
    n_items: int
    customer: Whole  # (n,) row of the customer, ascending
    item: Whole  # (n,) column of the item
    age_days: Floats  # (n,) > 0, descending within a customer
    basket: Whole  # (n,) number of the order within its customer, from 0

    def __len__(self) -> int:
        return len(self.item)

    @property
    def n_customers(self) -> int:
        return len(self.keys)

    @classmethod
    def from_columns(
        cls,
        keys: npt.ArrayLike,
        n_items: int,
        *,
        customer: npt.ArrayLike,
        item: npt.ArrayLike,
        age_days: npt.ArrayLike,
        order: npt.ArrayLike | None = None,
    ) -> Interactions:
        """Sort loose columns; lines of one customer with the same order and the same
        time are one basket.

        Lines of one basket follow the items' columns and baskets of one moment their
        first items: the numbers of orders only tell them apart.
        """
        who, age, what = (
            np.asarray(customer, np.int32),
            np.asarray(age_days, np.float32),
            np.asarray(item, np.int32),
        )
        bill = (
            np.zeros(len(who), np.int64)
            if order is None
            else np.asarray(order, np.int64)
        )
        by = np.lexsort((what, bill, -age, who))
        by = by[_first_items_first(who[by], age[by], bill[by], what[by])]
        who, age, bill, what = who[by], age[by], bill[by], what[by]
        same = (who[1:] == who[:-1]) & (bill[1:] == bill[:-1])
        if order is None:
            same &= age[1:] == age[:-1]
        opens = np.r_[np.ones(min(len(who), 1), bool), ~same]
        return cls(
            np.asarray(keys, np.int64),
            n_items,
            who,
            what,
            age,
            _number_within(who, opens),
        )

    def take(
        self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer]
    ) -> Interactions:
        """Keep these lines (flags, or places in a new order); customers and items keep
        their numbers.
        """
        return replace(
            self,
            customer=self.customer[rows],
            item=self.item[rows],
            age_days=self.age_days[rows],
            basket=self.basket[rows],
        )

    def before(self, days: float) -> Interactions:
        """Give what was known `days` earlier, with ages counted from then."""
        past = self.take(self.age_days > days)
        return replace(past, age_days=past.age_days - np.float32(days))

    def newest(self, days: float) -> Interactions:
        """Give the lines of the last `days` days."""
        return self.take(self.age_days <= days)

    def of(self, customers: npt.NDArray[np.integer]) -> Interactions:
        """Give these customers only, renumbered in the given order."""
        number = np.full(self.n_customers, -1, np.int32)
        number[customers] = np.arange(len(customers), dtype=np.int32)
        part = self.take(number[self.customer] >= 0)
        who = number[part.customer]
        by = np.argsort(who, kind="stable")
        return replace(part.take(by), keys=self.keys[customers], customer=who[by])

    def of_items(self, columns: npt.NDArray[np.integer]) -> Interactions:
        """Keep these items only, renumbered in the given order."""
        number = np.full(self.n_items, -1, np.int32)
        number[columns] = np.arange(len(columns), dtype=np.int32)
        part = self.take(number[self.item] >= 0)
        return replace(part, n_items=len(columns), item=number[part.item])

    def of_best_sellers(self, n: int) -> tuple[Interactions, Long]:
        """Keep the n items with most lines, and say which they are."""
        sold = np.bincount(self.item, minlength=self.n_items)
        kept = np.sort(np.argsort(-sold, kind="stable")[:n])
        return self.of_items(kept), kept

    def by_arrival(self) -> Interactions:
        """Put the customers in the order of their first purchases, then of how much
        they bought: whatever draws some of them draws the same people under other
        names.
        """
        oldest, newest = (
            np.zeros(self.n_customers, np.float32),
            np.full(self.n_customers, np.inf, np.float32),
        )
        np.maximum.at(oldest, self.customer, self.age_days)
        np.minimum.at(newest, self.customer, self.age_days)
        n_lines = np.bincount(self.customer, minlength=self.n_customers)
        return self.of(np.lexsort((newest, -n_lines, -oldest)))

    def last_baskets(self, n: int) -> Interactions:
        """Forget all but the newest `n` orders of each customer."""
        return self.take(self.steps_back() < n)

    def n_baskets(self) -> Whole:
        """Count the orders of each customer."""  # (n_customers,)
        return (
            self._newest_basket()
            - self._oldest_basket()
            + np.isin(np.arange(self.n_customers), self.customer)
        )

    def steps_back(self) -> Whole:
        """Say how many orders ago each line was, 0 for the newest order."""  # (n,)
        return self._newest_basket()[self.customer] - self.basket

    def _newest_basket(self) -> Whole:
        newest = np.zeros(self.n_customers, np.int32)
        np.maximum.at(newest, self.customer, self.basket)
        return newest

    def _oldest_basket(self) -> Whole:
        oldest = self._newest_basket()
        np.minimum.at(oldest, self.customer, self.basket)
        return oldest

    def table(self, weight: Floats) -> sp.csr_array:
        """Sum a weight per line into a sparse table."""  # (n_customers, n_items)
        # coo to csr adds up entries of one place: a second purchase needs no loop
        shape = (self.n_customers, self.n_items)
        return sp.coo_array(
            (weight.astype(np.float32), (self.customer, self.item)), shape=shape
        ).tocsr()

    def counts(self, half_life: float = np.inf) -> sp.csr_array:
        """Sum 2^(-age / half-life) per customer and item."""
        return self.table(np.exp2(-self.age_days / np.float32(half_life)))

    def recency(self, fade: float) -> sp.csr_array:
        """Weigh each customer's item by fade^(orders since it was last bought)."""
        newest = self.table(np.ones(len(self), np.float32))
        # a table of the right shape: only where something stands is of use, not what
        newest.data[:] = 0
        lookup = np.full(newest.nnz, np.inf, np.float32)
        np.minimum.at(
            lookup,
            places(newest, self.customer, self.item),
            self.steps_back().astype(np.float32),
        )
        newest.data = np.float32(fade) ** lookup
        return newest

    def owned(self) -> sp.csr_array:
        """Mark what each customer has bought with 1."""
        table = self.table(np.ones(len(self), np.float32))
        table.data[:] = 1
        return table


def places(
    table: sp.csr_array, rows: npt.NDArray[np.integer], columns: npt.NDArray[np.integer]
) -> Long:
    """Say where in `table.data` these existing entries stand."""
    table.sort_indices()
    # 64 bits: row times width passes 32 with a million customers and some thousand
    # items
    width = np.int64(table.shape[1])
    entry_row = np.repeat(
        np.arange(table.shape[0], dtype=np.int64), np.diff(table.indptr)
    )
    return np.searchsorted(
        entry_row * width + table.indices, rows.astype(np.int64) * width + columns
    )


def _first_items_first(who: Whole, age: Floats, bill: Long, item: Whole) -> Long:
    """Give the order in which baskets of one customer and one moment stand by their
    first items.
    """
    if not len(who):
        return np.zeros(0, np.int64)
    moment = np.r_[0, np.cumsum((np.diff(who) != 0) | (np.diff(age) != 0))]
    opens = np.flatnonzero(np.r_[True, (np.diff(moment) != 0) | (np.diff(bill) != 0)])
    first = np.repeat(item[opens], np.diff(np.r_[opens, len(who)]))
    return np.lexsort((item, bill, first, moment))


def _number_within(customer: Whole, opens: Flags) -> Whole:
    """Number the baskets of each customer from 0."""
    if not len(customer):
        return np.zeros(0, np.int32)
    running = np.cumsum(opens) - 1
    first = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    return (
        running - np.repeat(running[first], np.diff(np.r_[first, len(customer)]))
    ).astype(np.int32)
