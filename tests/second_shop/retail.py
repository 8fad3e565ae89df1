"""The UCI data set Online Retail as files to import, and its sums in plain SQL on the
raw file.

A raw row is InvoiceNo, StockCode, Description, Quantity, InvoiceDate (London's wall
time), UnitPrice, CustomerID and Country; cancellations stand under invoices of their
own (C…) with negative quantities, and a quarter of the lines has no customer.
"""

from pathlib import Path

import duckdb

# a year after the first line: a year's traits then hold all that happened
UNTIL = "2011-12-01"
GUEST = "guest-"

RAW = """
    CREATE VIEW raw AS SELECT *, CAST(CAST(CustomerID AS BIGINT) AS VARCHAR) AS who,
        InvoiceDate AT TIME ZONE 'Europe/London' AS "at"
    FROM read_parquet('{raw}') WHERE InvoiceDate < TIMESTAMP '{until}'
"""
# Contacts are simulated: the data set has none.
FILES = {
    "customers": """
        SELECT who AS customer_id, 'customer' || who || '@mail.example' AS email, any_value(Country) AS country
        FROM raw WHERE who IS NOT NULL GROUP BY who ORDER BY 1
    """,
    "consents": """
        SELECT who AS customer_id, 'email' AS channel, 'granted' AS status, min("at") AS "at" FROM raw
        WHERE who IS NOT NULL GROUP BY who ORDER BY 1
    """,
    "items": """
        SELECT StockCode AS item_id, any_value(Description ORDER BY InvoiceDate) AS title,
            round(median(UnitPrice) FILTER (WHERE UnitPrice > 0), 2) AS price, 'GBP' AS currency
        FROM raw GROUP BY StockCode ORDER BY 1
    """,
    "events": """
        SELECT who AS customer_id, 'purchase' AS type, "at", StockCode AS item_id, InvoiceNo AS order_id,
            Quantity AS quantity, UnitPrice AS price, 'GBP' AS currency
        FROM raw WHERE who IS NOT NULL ORDER BY "at"
    """,
    # Each invoice without a customer is a visitor of its own. Bad debts and stock
    # taking are no purchases.
    "guests": f"""
        SELECT '{GUEST}' || InvoiceNo AS anonymous_id, 'purchase' AS type, "at", StockCode AS item_id,
            InvoiceNo AS order_id, Quantity AS quantity, UnitPrice AS price, 'GBP' AS currency
        FROM raw WHERE who IS NULL AND UnitPrice > 0 ORDER BY "at"
    """,
}
SPENT = "SELECT coalesce(sum(Quantity * UnitPrice), 0) FROM raw WHERE "
KNOWN, GUESTS = "who IS NOT NULL", "who IS NULL AND UnitPrice > 0"
BOUGHT = " AND Quantity > 0"
WEEKS = (
    f" AND InvoiceDate >= date_trunc('week', TIMESTAMP '{UNTIL}' - INTERVAL 1 SECOND) -"
    " INTERVAL 25 WEEK"
)
SUMS = {
    "lines of customers": f"SELECT count(*) FROM raw WHERE {KNOWN}",
    "gross": SPENT + KNOWN + BOUGHT,
    "net": SPENT + KNOWN,
    "gross of guests": SPENT + GUESTS + BOUGHT,
    "net of guests": SPENT + GUESTS,
    "gross of the last 26 weeks": SPENT + KNOWN + BOUGHT + WEEKS,
    "gross of guests, the last 26 weeks": SPENT + GUESTS + BOUGHT + WEEKS,
    "left of customer 12346": f"{SPENT} who = '12346'",
    "customers who spent 5,000 or more, net": f"""
        SELECT count(*) FROM (SELECT who FROM raw WHERE {KNOWN} GROUP BY who
            HAVING round(sum(Quantity * UnitPrice), 4) >= 5000)
    """,
}


def write_files(raw: Path, folder: Path) -> dict[str, Path]:
    """Write the files of each kind and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{kind}.parquet" for kind in FILES}
    with opened(raw) as database:
        for kind, query in FILES.items():
            database.execute(f"COPY ({query}) TO '{paths[kind]}' (FORMAT parquet)")
    return paths


def sums(raw: Path) -> dict[str, float]:
    """Return each plain sum by its name."""
    with opened(raw) as database:
        return {
            name: float(database.execute(query).fetchall()[0][0])
            for name, query in SUMS.items()
        }


def opened(raw: Path) -> duckdb.DuckDBPyConnection:
    """Open the raw lines as the view ``raw``, those of before `UNTIL`."""
    database = duckdb.connect(config={"threads": 2})
    database.execute("SET TimeZone = 'Europe/London'")
    database.execute(RAW.format(raw=str(raw).replace("'", "''"), until=UNTIL))
    return database
