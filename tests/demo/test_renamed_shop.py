"""Nothing is fitted to the demo: the same shop under other names, in another year, is
learned just as well.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from django.core.management import call_command

from campaigns.demo.shop import write_files
from profiles import history
from profiles.intake import imports
from recommender.training import train

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.demo]
CUT = datetime(2017, 12, 4, 15, tzinfo=UTC)
YEARS_ON = timedelta(weeks=52 * 4)  # whole weeks: the rhythm of the week stays
KEPT = {  # enough to learn from, few enough for a test
    "customers": "customer_id::INT % 12 = 0",
    "items": "item_id::INT % 4 = 0",
    "purchases": "customer_id::INT % 12 = 0 AND item_id::INT % 4 = 0",
}
METRICS = ("ndcg@10", "recall@20", "discover ndcg@10")

# The last level of a category keeps its words: encoders read them, so other words there
# are another shop.
RENAMED = {
    "customers": "SELECT 'c-' || md5(customer_id) AS customer_id FROM {source}",
    "items": """
        SELECT 'sku/' || md5(item_id) AS item_id, title, brand, price, currency, available,
            md5(split_part(category, ' > ', 1)) || ' > ' || split_part(category, ' > ', 2) AS category
        FROM {source}
    """,
    "purchases": """
        SELECT 'c-' || md5(customer_id) AS customer_id, type, "at" + INTERVAL {days} DAY AS "at",
            'sku/' || md5(item_id) AS item_id, 'bill ' || md5(order_id) AS order_id, quantity, price, discount, currency
        FROM {source}
    """,
}
KINDS = {"customers": "customers", "items": "items", "purchases": "events"}


def files(folder: Path) -> Path:
    """The demo shop's files, cut down to some customers and some items."""
    write_files(folder / "whole", cut=CUT.isoformat())
    for name in KINDS:
        _write(
            f"SELECT * FROM '{folder}/whole/{name}.parquet' WHERE {KEPT[name]}",
            folder / f"{name}.parquet",
        )
    return folder


def _write(query: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(query).write_parquet(str(path))


def learned(folder: Path, as_of: datetime, settings) -> dict[str, float]:
    """Import the shop into an empty database and learn; the metrics of its own test
    window.
    """
    call_command("flush", interactive=False, verbosity=0)
    settings.HISTORY_DIR, settings.MODEL_DIR = folder / "history", folder / "models"
    settings.ENCODER_MODEL = "lexical"
    for name, kind in KINDS.items():
        answer = imports.load(
            kind, folder / f"{name}.parquet", latest=as_of + timedelta(days=60)
        )
        assert answer["quarantined"] == 0
    history.rebuild()
    card = train(as_of, lambda _share, _words="": None)
    return {name: card["metrics"][name]["value"] for name in METRICS}


@pytest.mark.timeout(400)
def test_another_shop_with_the_same_habits_gets_the_same_metrics(tmp_path, settings):
    shop = files(tmp_path / "shop")
    renamed = tmp_path / "renamed"
    for name, query in RENAMED.items():
        source = f"'{shop}/{name}.parquet'"
        _write(
            query.format(source=source, days=YEARS_ON.days), renamed / f"{name}.parquet"
        )
    as_it_is = learned(shop, CUT, settings)
    under_other_names = learned(renamed, CUT + YEARS_ON, settings)
    assert min(as_it_is.values()) > 0
    assert under_other_names == pytest.approx(as_it_is, abs=0.002)
