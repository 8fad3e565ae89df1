"""Files of orders: exports that overlap, and orders that a webhook told of too."""

from collections.abc import Callable

import pytest

from profiles.intake import imports
from profiles.models import Event, Order
from tests.profiles.orders.conftest import left
from tests.profiles.orders.test_shop_systems import AMOUNT, BY_LINE, shopify_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folders")]
HEADER = "customer_id,type,at,order_id,item_id,quantity,price"


@pytest.fixture
def own_folders(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def load(tmp_path) -> Callable:
    """Import a file of rows such as ``o1 tea 2 5.00``."""

    def loaded(
        name: str,
        *rows: str,
        source: str = "shop",
        customer: str = "anna",
        kind: str = "purchase",
    ) -> dict:
        path = tmp_path / f"{name}.csv"
        lines = [
            f"{customer},{kind},2026-10-01T10:00:00Z,{row.replace(' ', ',')}"
            for row in rows
        ]
        path.write_text("\n".join([HEADER, *lines]) + "\n")
        return imports.load("events", path, source)

    return loaded


def test_two_exports_that_overlap_count_once(load):
    load("january", "o1 tea 2 5.00", "o2 tea 1 5.00", "o2 tea 1 5.00")
    done = load(
        "quarter", "o1 tea 2 5.00", "o2 tea 1 5.00", "o2 tea 1 5.00", "o3 cup 1 7.00"
    )
    assert (done["stored"], done["duplicates"], done["read"]) == (1, 3, 4)
    assert left() == 27
    assert (
        load("january", "o1 tea 2 5.00", "o2 tea 1 5.00", "o2 tea 1 5.00")["stored"]
        == 0
    )
    assert left() == 27


@pytest.mark.parametrize("source", ["shop", ""])
def test_export_that_was_cut_within_an_order_is_made_whole(load, source):
    load("first", "o1 tea 1 5.00", source=source)
    load("second", "o1 tea 1 5.00", "o1 tea 1 5.00", "o1 cup 3 2.00", source=source)
    assert left() == 16
    load("third", "o1 cup 5 2.00", source=source)
    assert left() == 20, "two more than were known"


def test_files_without_a_source_are_the_shops_own_and_named_ones_are_apart(load):
    load("first", "1001 tea 2 5.00", source="")
    load("again", "1001 tea 2 5.00 ", source="")
    assert left() == 10
    load("woo", "1001 tea 2 5.000", source="woo")
    assert left() == 20
    load("other", "1001 tea 2 5.00", source="", customer="bert")
    assert left() == 30, "the order of another customer"


def test_two_equal_rows_of_one_file_are_two(load):
    assert load("one", "o1 tea 1 5.00", "o1 tea 1 5.00")["stored"] == 2


def test_file_says_returns_itself(load):
    load("one", "o1 tea 2 5.00")
    load("two", "o1 tea 2 5.00", "o1 tea -1 5.00")
    load("three", "o1 tea 2 5.00 ", "o1 tea -1 5.00")
    assert left() == 5
    assert Event.objects.filter(type="return").count() == 1


def test_order_by_webhook_and_by_file_of_one_source_counts_once(load, shop):
    tell = shop("shopify", "shop")
    tell("orders/create", shopify_order())
    done = load("export", "8106 632 2 30.00", "8106 633 1 4.00", customer="778106")
    assert (done["stored"], done["duplicates"]) == (1, 1)
    assert left() == 64
    more = {"id": 2, "product_id": 633, "quantity": 1, "price": "4.00"}
    line = shopify_order()["line_items"][0]
    later = shopify_order(
        updated_at="2026-10-02T10:00:00Z", line_items=[line, more], refunds=[AMOUNT]
    )
    tell("orders/updated", later)
    assert left() == 44


@pytest.mark.parametrize("topic", ["orders/updated", "refunds/create"])
def test_order_by_file_and_then_by_webhook_counts_once(load, shop, topic):
    tell = shop("shopify", "shop")
    load("export", "8106 632 1 30.00", "8106 632 1 30.00", customer="778106")
    told = shopify_order(refunds=[BY_LINE]) if topic == "orders/updated" else BY_LINE
    for _ in range(2):
        tell(topic, told)
    assert left() == 30
    assert Order.objects.get().status == "part_refunded"
    tell(
        "orders/cancelled",
        shopify_order(
            financial_status="voided",
            cancelled_at="2026-10-07T10:00:00Z",
            updated_at="2026-10-07T10:00:00Z",
            refunds=[BY_LINE],
        ),
    )
    assert left() == 0


def test_file_after_an_edit_or_a_refund_brings_nothing_back(load, shop):
    tell = shop("shopify", "shop")
    tell("orders/create", shopify_order(refunds=[BY_LINE]))
    load("export", "8106 632 2 30.00", customer="778106")
    assert left() == 30
    load("with returns", "8106 632 2 30.00", "8106 632 -1 30.00", customer="778106")
    assert left() == 30


def test_large_overlap_is_compared_in_a_few_queries(
    load, django_assert_max_num_queries
):
    rows = [f"o{n % 900} i{n % 70} 1 5.00" for n in range(5000)]
    load("one", *rows)
    with django_assert_max_num_queries(40):
        assert load("two", *rows, "new tea 1 5.00")["stored"] == 1


@pytest.mark.parametrize("row", ["o1 tea 1 5.00", "o1 tea -1 5.00", "o1 tea  5.00"])
def test_return_of_a_file_counts_below_zero_however_it_is_said(load, row):
    load("returns", row, kind="return")
    assert left() == -5
