"""Write a real shop as files to import:

python -m benchmarks.shops.files journey|retail|beauty FOLDER
manage.py import_data items FOLDER/items.parquet
manage.py import_data events FOLDER/events.parquet
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.shops.real import beauty_sequences, retail_lines

# Beauty tells an order of events and no times: a day each, up to here
MIDNIGHT = pd.Timestamp("2014-08-01", tz="UTC")


def journey(folder: Path) -> None:
    """A grocer: what the demo imports but contacts, consents and campaigns, which are
    simulated or not needed.
    """
    from campaigns.demo.shop import write_files

    for file in write_files(folder, cut="2017-12-04"):
        if file.path.stem not in ("customers", "items", "purchases"):
            file.path.unlink()
    (folder / "purchases.parquet").rename(folder / "events.parquet")


def retail(folder: Path) -> None:
    """A gift wholesaler: sales to known customers, without returns and corrections."""
    rows = retail_lines()
    codes = rows.code.astype(str)
    items = pd.DataFrame(
        {
            "item_id": codes,
            "title": rows.description.fillna("").str.strip().str.capitalize(),
        }
    )
    items.drop_duplicates("item_id").to_parquet(folder / "items.parquet", index=False)
    pd.DataFrame(
        {
            "customer_id": rows.customerid.astype(int).astype(str),
            "type": "purchase",
            "at": rows["at"].dt.tz_localize("Europe/London", ambiguous=True),
            "item_id": codes,
            "order_id": rows.invoiceno.astype(str),
            "quantity": rows.quantity,
            "price": rows.unitprice,
        }
    ).to_parquet(folder / "events.parquet", index=False)


def beauty(folder: Path) -> None:
    """Reviewers of cosmetics in the order of their purchases."""
    told = [
        (f"u{number}", item, MIDNIGHT - pd.Timedelta(days=len(items) - place))
        for number, items in enumerate(beauty_sequences())
        for place, item in enumerate(items)
    ]
    events = pd.DataFrame(told, columns=["customer_id", "item_id", "at"]).assign(
        type="purchase", quantity=1
    )
    events.to_parquet(folder / "events.parquet", index=False)
    pd.DataFrame({"item_id": events.item_id.unique()}).to_parquet(
        folder / "items.parquet", index=False
    )


SHOPS: dict[str, Callable[[Path], None]] = {
    "journey": journey,
    "retail": retail,
    "beauty": beauty,
}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in SHOPS:
        sys.exit(__doc__)
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    SHOPS[sys.argv[1]](target)
    print(*sorted(str(path) for path in target.iterdir()), sep="\n")
