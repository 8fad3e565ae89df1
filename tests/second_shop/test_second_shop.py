"""A made-up cut of a shop of the data set's shape: the product's sums are those of
plain SQL.
"""

import duckdb
import pytest

from profiles import history
from profiles.intake.imports import load
from profiles.portraits import refresh
from tests.second_shop import ours, retail

pytestmark = pytest.mark.django_db(transaction=True)
# Customer 12346 as in the data set; a line returned in part, at another price, and one
# bought before the data begins.
LINES = """
    ('541431', '23166', 'MEDIUM CERAMIC TOP STORAGE JAR', 74215, '2011-01-18 10:01', 1.04, 12346, 'United Kingdom'),
    ('C541433', '23166', 'MEDIUM CERAMIC TOP STORAGE JAR', -74215, '2011-01-18 10:17', 1.04, 12346, 'United Kingdom'),
    ('550001', '22423', 'REGENCY CAKESTAND 3 TIER', 600, '2011-06-01 12:00', 12.75, 12347, 'Iceland'),
    ('560001', '22423', 'REGENCY CAKESTAND 3 TIER', 10, '2011-10-01 12:00', 12.75, 12347, 'Iceland'),
    ('C560002', '22423', 'REGENCY CAKESTAND 3 TIER', -12, '2011-10-03 12:00', 10.95, 12347, 'Iceland'),
    ('560003', '85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 500, '2011-11-01 09:00', 2.55, 12348, 'Finland'),
    ('560003', 'M', 'Manual', 1, '2011-11-01 09:00', 4100.00, 12348, 'Finland'),
    ('C560004', 'D', 'Discount', -1, '2011-11-20 09:00', 400.00, 12348, 'Finland'),
    ('570001', '85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 6, '2011-11-28 09:00', 2.95, NULL, 'United Kingdom'),
    ('A563186', 'B', 'Adjust bad debt', 1, '2011-08-12 14:51', -11062.06, NULL, 'United Kingdom')
"""


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw.parquet"
    columns = (
        "InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice,"
        " CustomerID, Country"
    )
    kinds = (
        "Quantity::DOUBLE AS Quantity, InvoiceDate::TIMESTAMP AS InvoiceDate,"
        " UnitPrice::DOUBLE AS UnitPrice"
    )
    duckdb.sql(
        f"SELECT * REPLACE ({kinds}, CustomerID::DOUBLE AS CustomerID) FROM (VALUES"
        f" {LINES}) AS t({columns})"
    ).write_parquet(str(path))
    return path


def test_every_sum_is_that_of_plain_sql(raw, tmp_path, settings):
    settings.HISTORY_DIR, settings.MODEL_DIR = tmp_path / "history", tmp_path / "models"
    settings.SHOP_CURRENCY, settings.SHOP_TIME_ZONE, settings.TIME_ZONE = (
        "GBP",
        "Europe/London",
        "Europe/London",
    )
    settings.DATA_DIR, settings.SHOP_CLOCK = tmp_path, f"{retail.UNTIL}T00:00:00+00:00"
    paths = retail.write_files(raw, tmp_path / "files")
    for kind in ("customers", "items", "consents", "events"):
        load(kind, paths[kind], "till")
    history.refresh()
    refresh.refresh()
    history.refresh()
    plain = retail.sums(raw)
    found = [*ours.of_the_history(plain), *ours.of_portraits(plain)]
    assert {what: value for what, value, _plain in found} == {
        what: pytest.approx(value, abs=0.01) for what, _ours, value in found
    }
    assert plain["left of customer 12346"] == 0
    assert plain["customers who spent 5,000 or more, net"] == 1
