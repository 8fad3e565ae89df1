"""The shop as arrays: who bought what before a time, and what can be recommended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.utils.html import strip_tags

from profiles.history import Tables
from recommender.matrices.interaction_matrix import Interactions
from retention_site.lib import memory

# Items that engines rank, the ones with most buyers: at least so many where memory
# allows, and more while customers times items stay few enough for a night
LEAST_RANKED, MAX_CELLS = 25_000, 60_000_000
KIB_PER_ITEM = 24  # that learning holds, with all its windows and engines
MEMORY_SHARE = 0.15  # of the machine's memory that items may take while learning
UNSOLD_SHARE = 0.2  # of them, at most so many that nobody has bought yet
MOST_DESCRIBED = 300  # characters of a description: what follows tells of delivery
# customers that engines learn from; more change the answer less than they cost
MAX_TEACHERS = 200_000

# A bare item that came with later events is not known yet. Items stand in an order
# given by their sales and words: a shop that calls them otherwise learns the same.
ASSORTMENT = """
    WITH sold AS (
        SELECT item_id, count(DISTINCT customer) AS n_buyers, count(*) AS n_lines, min(happened_at) AS first_sold,
            max(happened_at) AS last_sold, sum(quantity) AS n_sold, max(price) AS highest
        FROM sales WHERE is_kept AND quantity > 0 AND item_id IS NOT NULL GROUP BY item_id
    ), known AS (
        SELECT item_id, coalesce(title, '') AS title, coalesce(description, '') AS description,
            coalesce(brand, '') AS brand, coalesce(category, '') AS category, coalesce(n_buyers, 0) AS n_buyers,
            sold.* EXCLUDE (item_id, n_buyers), known_at, concat_ws('|', title, brand, description) AS words,
            list_last(string_split(category, '>')) AS leaf
        FROM items LEFT JOIN sold USING (item_id)
        WHERE available IS DISTINCT FROM false AND never_recommend IS DISTINCT FROM true AND (
            n_buyers IS NOT NULL OR known_at < TIMESTAMPTZ '{as_of}' OR price IS NOT NULL
            OR coalesce(title, '') || coalesce(description, '') || coalesce(brand, '') || coalesce(category, '') <> ''
        )
    ), ranked AS (
        SELECT *,
            row_number() OVER (
                ORDER BY n_buyers DESC, n_lines DESC, first_sold, last_sold, n_sold, highest, words, leaf, item_id
            ) AS place,
            row_number() OVER (PARTITION BY n_buyers = 0 ORDER BY known_at DESC, md5(words), leaf, item_id) AS newest
        FROM known
    )
    SELECT item_id, title, description, brand, category, n_buyers FROM ranked
    WHERE (n_buyers > 0 AND place <= {most} - least({unsold}, (SELECT count(*) FROM ranked WHERE n_buyers = 0)))
        OR (n_buyers = 0 AND newest <= {unsold}) OR item_id IN (SELECT item_id FROM wanted_items)
    ORDER BY n_buyers = 0, CASE WHEN n_buyers > 0 THEN place ELSE newest END
"""
LINES = """
    SELECT sales.customer, wanted.place::INTEGER AS item,
        (epoch(TIMESTAMPTZ '{as_of}') - epoch(happened_at)) / 86400 AS age,
        (hash(order_key) >> 1)::BIGINT AS bill
    FROM sales JOIN wanted ON wanted.item_id = sales.item_id JOIN chosen ON chosen.customer = sales.customer
    WHERE is_kept AND quantity > 0
"""
# A bare customer whose every event lies ahead came with them.
CUSTOMERS = """
    SELECT customers.customer, customers.customer_id FROM customers
    WHERE signed_up_at IS NOT NULL OR customer IN (SELECT customer FROM events)
        OR coalesce(email, phone, first_name, last_name, gender, age, region, country, language, '') <> ''
        OR birth_date IS NOT NULL OR coalesce(traits, '{}') NOT IN ('{}', 'null')
        OR customer NOT IN (SELECT customer FROM later)
    ORDER BY customers.customer
"""


@dataclass(frozen=True, slots=True)
class Assortment:
    """The items that may be recommended, one per column of the interactions, by id."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]  # what a model reads of each
    category: npt.NDArray[np.int32]  # code of the whole category, -1 unknown
    group: npt.NDArray[np.int32]  # code of its first level, -1 unknown
    n_buyers: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def assortment(
    tables: Tables,
    also: Sequence[str] = (),
    *,
    most: int | None = None,
    unsold: int | None = None,
) -> Assortment:
    """Choose the items to rank as of the tables' time; those named in `also` are taken
    whatever they sell.

    Without limits given, as many as customers, items and the machine's memory allow.
    """
    most = most or most_ranked(_n_buyers(tables), memory.limit_mib())
    unsold = int(UNSOLD_SHARE * most) if unsold is None else unsold
    _register(tables, "wanted_items", {"item_id": pa.array(list(also), pa.string())})
    rows = tables.run(
        ASSORTMENT.format(as_of=tables.as_of.isoformat(), most=most, unsold=unsold)
    )
    columns = {
        name: rows.column(name).to_pylist()
        for name in ("item_id", "title", "description", "brand", "category")
    }
    texts = [text_of(*facts) for facts in zip(*list(columns.values())[1:], strict=True)]
    return Assortment(
        tuple(columns["item_id"]),
        tuple(columns["title"]),
        tuple(texts),
        _codes(columns["category"]),
        _codes(
            [category.partition(">")[0].strip() for category in columns["category"]]
        ),
        np.asarray(rows.column("n_buyers").to_numpy(), np.int64),
    )


def most_ranked(n_customers: int, memory_mib: int) -> int:
    """Say how many items the engines may rank for so many customers in so much memory."""
    by_time = MAX_CELLS // max(min(n_customers, MAX_TEACHERS), 1)
    by_memory = int(memory_mib * 1024 * MEMORY_SHARE / KIB_PER_ITEM)
    return min(max(LEAST_RANKED, by_time), by_memory)


def text_of(title: str, description: str, brand: str, category: str) -> str:
    """Put an item into words for a model: nothing twice, the most telling first, and
    the title not drowned by what follows it.
    """
    leaf = category.rpartition(">")[2].strip()
    parts = [
        title.strip(),
        leaf if leaf.lower() not in title.lower() else "",
        brand.strip(),
        _beginning(description),
    ]
    return ". ".join(part for part in parts if part)


def _beginning(description: str) -> str:
    """Take the marks of HTML out of a description, and all but its first sentences."""
    plain = description
    if "<" in plain or "&" in plain:
        # a space for each mark: words of two paragraphs are two
        plain = unescape(strip_tags(plain.replace("<", " <")))
    words = " ".join(plain.split())
    if len(words) <= MOST_DESCRIBED:
        return words
    cut = words[:MOST_DESCRIBED]
    # at a space, where the language has some
    return cut.rpartition(" ")[0] or cut


def interactions(
    tables: Tables, items: Sequence[str], customers: npt.NDArray[np.int64] | None = None
) -> Interactions:
    """Read the purchases of these items before the tables' time; what came back whole
    is not hers.

    Customers that are named have a row each, by number; without names those to learn
    from come by their arrival.
    """
    place = {
        "item_id": pa.array(list(items), pa.string()),
        "place": np.arange(len(items), dtype=np.int32),
    }
    _register(tables, "wanted", place)
    if customers is None:
        return interactions(tables, items, _teachers(tables)).by_arrival()
    _register(tables, "chosen", {"customer": pa.array(customers, pa.int64())})
    rows = tables.run(LINES.format(as_of=tables.as_of.isoformat()))
    who = rows.column("customer").to_numpy()
    keys = np.unique(customers)
    return Interactions.from_columns(
        keys,
        len(items),
        customer=np.searchsorted(keys, who),
        item=rows.column("item").to_numpy(),
        age_days=np.maximum(rows.column("age").to_numpy(), 1e-6),
        order=rows.column("bill").to_numpy(),
    )


def known_customers(
    tables: Tables, later: Tables
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Give everyone known as of the tables' time: key and the shop's id, by key.
    `later` holds all events there are.
    """
    ahead = later.run("SELECT DISTINCT customer FROM events")
    tables.connection.register("later", ahead)
    rows = tables.run(CUSTOMERS)
    return rows.column("customer").to_numpy(), rows.column("customer_id").to_pylist()


def _n_buyers(tables: Tables) -> int:
    rows = tables.run("SELECT count(DISTINCT customer) AS n FROM sales WHERE is_kept")
    return int(rows["n"][0].as_py())


def _teachers(tables: Tables) -> npt.NDArray[np.int64]:
    """Give all buyers, or as many as MAX_TEACHERS, drawn by a hash that never changes."""
    rows = tables.run(
        "SELECT customer FROM (SELECT DISTINCT customer FROM sales WHERE is_kept) "  # noqa: S608  ours
        f"ORDER BY hash(customer) LIMIT {MAX_TEACHERS}"
    )
    return np.sort(rows.column("customer").to_numpy())


def _register(tables: Tables, name: str, columns: dict[str, object]) -> None:
    tables.connection.register(name, pa.table(columns))


def _codes(words: Sequence[str]) -> npt.NDArray[np.int32]:
    """Number the words in alphabetical order; nothing is -1."""
    known = {
        word: number
        for number, word in enumerate(sorted({word for word in words if word}))
    }
    return np.array([known.get(word, -1) for word in words], np.int32)
