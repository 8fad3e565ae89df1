"""What the shop allows in lists, and how they are to be arranged: said in the admin,
kept to by every list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from profiles.history import Tables
from recommender.models import ListRules
from retention_site.lib.sql_quoting import quoted_text

FITTING = """
    SELECT items.item_id FROM items WHERE items.item_id NOT IN (SELECT item_id FROM shut_items)
    AND NOT EXISTS (
        SELECT 1 FROM shut_categories WHERE contains(
            '>' || regexp_replace(trim(items.category), '\\s*>\\s*', '>', 'g') || '>',
            '>' || shut_categories.category || '>'
        )
    )
    AND NOT EXISTS (SELECT 1 FROM shut_titles WHERE lower(trim(items.title)) GLOB shut_titles.pattern)
    AND (items.price IS NULL OR isnan(items.price) OR (items.price >= {low} AND items.price <= {high}))
"""
MARGINS = "SELECT item_id, try_cast(attributes->>{key} AS DOUBLE) AS margin FROM items"


@dataclass(frozen=True)
class Rules:
    """The shop's rules; by default only that what lasts is not offered again too soon."""

    blocked_items: tuple[str, ...] = ()
    blocked_categories: tuple[str, ...] = ()
    blocked_titles: tuple[str, ...] = ()  # patterns with *
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    most_of_a_category: int = 0  # 0: any number
    margin_share: float = 0.0
    margin_attribute: str = "margin"
    keeps_lasting: bool = True
    explores: float = 0.0

    @property
    def arranges(self) -> bool:
        return bool(self.most_of_a_category or self.margin_share)

    @property
    def restricts(self) -> bool:
        prices = (self.price_from, self.price_to)
        blocked = self.blocked_items or self.blocked_categories or self.blocked_titles
        return bool(blocked or any(price is not None for price in prices))


def current() -> Rules:
    """Return the rules that stand in the admin."""
    kept = ListRules.objects.first()
    if kept is None:
        return Rules()
    return Rules(
        _lines(kept.blocked_items),
        tuple(_path(one) for one in _lines(kept.blocked_categories)),
        _lines(kept.blocked_titles),
        kept.price_from,
        kept.price_to,
        kept.most_of_a_category,
        kept.margin_share,
        kept.margin_attribute,
        kept.keeps_lasting,
        kept.explores,
    )


def fitting(rules: Rules, tables: Tables, ids: Sequence[str]) -> set[str]:
    """Return the items of these that may be shown: not blocked, and in the price band
    where a price is known.
    """
    if not rules.restricts:
        return set(ids)
    run = tables.connection.register
    run("shut_items", pa.table({"item_id": pa.array(rules.blocked_items, pa.string())}))
    run(
        "shut_categories",
        pa.table({"category": pa.array(rules.blocked_categories, pa.string())}),
    )
    patterns = [_glob(one) for one in rules.blocked_titles]
    run("shut_titles", pa.table({"pattern": pa.array(patterns, pa.string())}))
    low, high = (
        rules.price_from or 0,
        rules.price_to if rules.price_to is not None else "'infinity'::DOUBLE",
    )
    return set(ids) & set(
        tables.run(FITTING.format(low=low, high=high))["item_id"].to_pylist()
    )


def margins(
    rules: Rules, tables: Tables, ids: Sequence[str]
) -> npt.NDArray[np.float64]:  # (n_items,)
    """Return what each item earns, from the attribute that says it; NaN where none
    does.
    """
    if not rules.margin_share:
        return np.zeros(len(ids))
    key = quoted_text(rules.margin_attribute)
    rows = tables.run(MARGINS.format(key=key))
    known = dict(
        zip(rows["item_id"].to_pylist(), rows["margin"].to_pylist(), strict=True)
    )
    return np.array(
        [known[item] if known.get(item) is not None else np.nan for item in ids],
        np.float64,
    )


def shuts_out(
    rules: Rules, item: str, title: str, category: str, price: Decimal | None
) -> bool:
    """Say of one item what `fitting` says of many."""
    if item in rules.blocked_items:
        return True
    if any(
        fnmatchcase(title.strip().lower(), _glob(one)) for one in rules.blocked_titles
    ):
        return True
    path = f">{_path(category)}>"
    if any(f">{one}>" in path for one in rules.blocked_categories):
        return True
    if price is None or price.is_nan():
        return False
    is_low = rules.price_from is not None and price < rules.price_from
    return is_low or (rules.price_to is not None and price > rules.price_to)


def _glob(pattern: str) -> str:
    """A pattern as files are named: * stands for anything, and nothing else has a
    meaning of its own.
    """
    return "".join(
        f"[{letter}]" if letter in "[?" else letter
        for letter in pattern.strip().lower()
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _path(category: str) -> str:
    return ">".join(level.strip() for level in category.split(">"))
