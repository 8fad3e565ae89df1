"""Money is what was really paid: what came back is taken off, by a slow and plain check
and by the trade's cases.
"""

from datetime import timedelta
from decimal import Decimal

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles import history, segments
from profiles.history.dialects import to_sql
from profiles.history.sales import COLUMNS, sales
from profiles.history.sales import events as any_events
from profiles.portraits.refresh import draw_now
from profiles.segments import table_schemas
from retention_site.lib.clock import now
from tests.factories import make_customer, make_event, make_item
from tests.profiles.net_sales import Line, netted
from tests.profiles.small_history import T

NETTED = to_sql(sales(any_events))
ITEMS, ORDERS = (None, "tea", "cup"), (None, "1", "2")
LINES = st.builds(
    Line,
    customer=st.integers(1, 2),
    at=st.integers(0, 40).map(lambda hours: T + timedelta(hours=hours)),
    quantity=st.sampled_from([1, 2, 3, 0.5, -1, -2, -0.5, -4]),
    price=st.sampled_from([None, 0.0, 1.25, 10.0, 19.99]),
    item=st.sampled_from(ITEMS),
    order=st.sampled_from(ORDERS),
    source=st.sampled_from(["shop", "till"]),
)


def by_the_engine(lines: list[Line]) -> list[tuple]:
    rows = [
        {
            "customer": line.customer,
            "type": "return" if line.is_back else "purchase",
            "happened_at": line.at,
            "received_at": line.at + timedelta(seconds=n),
            "source": line.source,
            "item_id": line.item,
            "order_id": line.order,
            "quantity": float(line.quantity),
            "price": line.price,
            "text": str(n),
            "revenue": None if line.price is None else line.quantity * line.price,
        }
        for n, line in enumerate(lines)
    ]
    schema = ibis.schema(COLUMNS).to_pyarrow()
    events = pa.Table.from_pylist(
        [{name: row.get(name) for name in COLUMNS} for row in rows], schema=schema
    )
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("events", events)
        found = engine.sql(NETTED).to_arrow_table().to_pylist()
    return [
        (row["text"], row["quantity"], row["revenue"], row["is_kept"]) for row in found
    ]


@given(lines=st.lists(LINES, max_size=14, unique_by=lambda line: line.at))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_engine_finds_what_one_return_after_the_other_leaves(
    lines: list[Line],
) -> None:
    found = {row[0]: row[1:] for row in by_the_engine(lines)}
    gross = sum(line.quantity * line.price for line in lines if line.price is not None)
    unpriced = any(line.is_back and line.price is None for line in lines)
    numbers = {id(line): str(n) for n, line in enumerate(lines)}
    expected = {numbers[id(line)]: line for line in netted(lines)}
    assert found.keys() == expected.keys()
    for name, (quantity, revenue, is_kept) in found.items():
        line = expected[name]
        assert revenue == (
            None if line.revenue is None else pytest.approx(line.revenue, abs=1e-5)
        )
        assert quantity == pytest.approx(
            float(-line.left if line.is_back else line.left)
        )
        assert is_kept == line.is_kept
    if not unpriced:  # what names no price gives back what was paid
        assert sum(revenue or 0 for _q, revenue, _k in found.values()) == pytest.approx(
            gross, abs=1e-4
        )


@pytest.mark.django_db(transaction=True)
class TestAShop:
    @pytest.fixture(autouse=True)
    def own_history(self, settings, tmp_path):
        settings.HISTORY_DIR, settings.SHOP_CURRENCY = tmp_path / "history", "GBP"

    def buys(self, customer, at, quantity="1", price="10", **facts):
        kind = "return" if Decimal(quantity) < 0 else "purchase"
        known = {"item_id": "tea", "order_id": "1", "source": "shop", "currency": "GBP"}
        return make_event(
            customer, kind, at=at, quantity=quantity, price=price, **known | facts
        )

    def traits(self, customer, as_of=None) -> dict:
        history.refresh()
        rows = draw_now(as_of or now()).to_pylist()
        (mine,) = [row for row in rows if row["customer"] == customer.pk]
        return mine

    def spent(self, **bounds) -> set[int]:
        history.refresh()
        return set(
            segments.members({"is": "event_sum", "type": "purchase", **bounds}).tolist()
        )

    def test_an_order_cancelled_under_another_number_leaves_nothing(self):
        """Customer 12346 of a public data set: 77,183.60 paid, all of it cancelled 16
        minutes later.
        """
        customer, at = make_customer(), now() - timedelta(days=30)
        self.buys(customer, at, "74215", "1.04", order_id="541431")
        self.buys(
            customer, at + timedelta(minutes=16), "-74215", "1.04", order_id="C541433"
        )
        mine = self.traits(customer)
        assert mine["spend"] == 0
        assert [
            mine[key]
            for key in ("n_orders", "basket", "recency_days", "rfm", "lifecycle")
        ] == [None] * 5
        then = self.traits(customer, at + timedelta(minutes=15))
        assert (then["spend"], then["n_orders"]) == (pytest.approx(77_183.60), 1)
        assert self.spent(at_least=0.01) == set()
        for leaf in (
            {"is": "event_count"},
            {"is": "last_event", "at_most_days_ago": 90},
        ):
            assert not segments.count({"type": "purchase", **leaf})
        assert segments.count({"is": "event_count", "type": "return"}) == 1

    def test_of_an_order_that_came_back_in_part_the_rest_counts(self):
        customer, at = make_customer(), now() - timedelta(days=3)
        self.buys(customer, at, "3", "10")
        self.buys(customer, at, "1", "30", item_id="cup")
        self.buys(customer, at + timedelta(days=1), "-2", "10")
        mine = self.traits(customer)
        assert (mine["spend"], mine["basket"], mine["n_orders"]) == (40, 40, 1)

    def test_refunded_money_is_spread_over_its_order(self):
        customer, at = make_customer(), now() - timedelta(days=3)
        self.buys(customer, at, "1", "40")
        self.buys(customer, at, "1", "20", item_id="cup")
        self.buys(customer, at + timedelta(hours=1), "-1", "15", item_id=None)
        history.refresh()
        left = (
            history.tables()
            .run("SELECT item_id, revenue, quantity FROM sales ORDER BY 1")
            .to_pylist()
        )
        assert [tuple(row.values()) for row in left] == [
            ("cup", 15.0, 1.0),
            ("tea", 30.0, 1.0),
        ]
        self.buys(customer, at + timedelta(hours=2), "-1", "45", item_id=None)
        assert self.traits(customer)["n_orders"] is None  # all its money is back

    def test_the_same_number_of_two_sources_is_two_orders(self):
        customer, at = make_customer(), now() - timedelta(days=3)
        self.buys(customer, at, source="shopify", order_id="1001")
        self.buys(customer, at, source="woocommerce", order_id="1001")
        assert self.traits(customer)["n_orders"] == 2
        self.buys(
            customer, at + timedelta(hours=1), "-1", source="shopify", order_id="1001"
        )
        mine = self.traits(customer)
        assert (mine["n_orders"], mine["spend"]) == (1, 10)

    def test_what_finds_no_purchase_is_taken_off_the_customers_money(self):
        customer, at = make_customer(), now() - timedelta(days=3)
        self.buys(customer, at, "1", "50")
        self.buys(
            customer,
            at,
            "-1",
            "20",
            item_id="bought before the data began",
            order_id=None,
        )
        mine = self.traits(customer)
        assert (mine["spend"], mine["basket"], mine["n_orders"]) == (30, 50, 1)

    def test_a_return_takes_the_latest_purchase_before_it(self):
        customer, at = make_customer(), now() - timedelta(days=30)
        for days, order in ((0, "1"), (5, "2"), (20, "3")):
            self.buys(customer, at + timedelta(days=days), order_id=order)
        self.buys(customer, at + timedelta(days=10), "-1", order_id=None)
        history.refresh()
        kept = history.tables().run(
            "SELECT order_id FROM sales WHERE is_kept ORDER BY 1"
        )
        assert kept["order_id"].to_pylist() == ["1", "3"]

    def test_a_few_customers_rows_give_the_same(self):
        customer, at = make_customer(), now() - timedelta(days=3)
        self.buys(customer, at)
        self.buys(customer, at + timedelta(hours=1), "-1")
        history.refresh()
        rule = {"is": "event_count", "type": "purchase"}
        assert (
            segments.fitting(rule, [customer.pk]).tolist()
            == segments.members(rule).tolist()
            == []
        )

    def test_favourites_are_of_what_was_kept(self):
        customer, at = make_customer(), now() - timedelta(days=3)
        make_item(external_id="tea", category="Tea")
        make_item(external_id="cup", category="Cups")
        for n in range(3):
            self.buys(customer, at + timedelta(hours=n), "1", "10", order_id=f"t{n}")
        self.buys(customer, at, "1", "500", item_id="cup", order_id="c")
        assert self.traits(customer)["favourite_category"] == "Cups"
        self.buys(
            customer, at + timedelta(hours=1), "-1", "500", item_id="cup", order_id="c"
        )
        assert self.traits(customer)["favourite_category"] == "Tea"

    def test_a_trait_without_evidence_is_unknown(self):
        priced, unpriced = make_customer(), make_customer()
        self.buys(priced, now() - timedelta(days=3))
        self.buys(unpriced, now() - timedelta(days=3), price=None)
        mine, other = self.traits(priced), self.traits(unpriced)
        assert mine["price_sensitivity"] is None  # nobody was ever given a discount
        assert (other["spend"], other["basket"], other["n_orders"]) == (None, None, 1)
        self.buys(priced, now() - timedelta(days=2), order_id="2", discount="2")
        assert self.traits(priced)["price_sensitivity"] > 0


def test_sales_of_a_shop_without_returns_are_its_purchases() -> None:
    """The plain view and the netting one have the same columns."""
    assert list(table_schemas.sales.columns) == [*COLUMNS, "gross", "is_kept"]
