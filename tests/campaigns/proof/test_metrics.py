"""Every metric of the plug-in table keeps the contract; those we ship count what their name says."""

from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from campaigns.proof import metrics
from campaigns.proof.outcomes import Window, around, outcomes
from retention_site.lib import registry

LAUNCH = datetime(2024, 5, 1, 10, tzinfo=UTC)
WINDOW = Window(days=28, days_before=28, until=LAUNCH + timedelta(days=20))
EVENTS = {
    "customer": pa.int64(),
    "type": pa.string(),
    "happened_at": pa.timestamp("us", "UTC"),
    "order_id": pa.string(),
    "revenue": pa.float64(),
}


def events(*rows):
    """Rows of (customer, days after launch, type, order, revenue)."""
    columns = zip(
        *((customer, kind, LAUNCH + timedelta(days=days), order, paid) for customer, days, kind, order, paid in rows),
        strict=True,
    )
    arrays = [pa.array(values, kind) for values, kind in zip(columns, EVENTS.values(), strict=True)]
    return ibis.memtable(pa.table(dict(zip(EVENTS, arrays, strict=True))))


def assigned(*customers):
    at = pa.array([LAUNCH] * len(customers), pa.timestamp("us", "UTC"))
    return pa.table({"customer": pa.array(customers, pa.int64()), "assigned_at": at})


def measured(key, table, *customers):
    """Outcome (and denominator) after the launch by customer."""
    found = outcomes(table, assigned(*customers), metrics.chosen([key]), WINDOW).to_pylist()
    rows = [row for row in found if not row.pop("is_before")]
    return {row.pop("customer"): next(iter(row.values())) if len(row) == 1 else tuple(row.values()) for row in rows}


ALICE = [(1, 1, "purchase", "a", 10.0), (1, 1, "purchase", "a", 5.0), (1, 3, "purchase", "b", 7.0)]
BELA = [(2, 2, "view", None, None), (2, 5, "return", "z", -4.0), (2, 6, "unsubscribed", None, None)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("conversion", {1: 1, 2: 0}),
        ("revenue", {1: 22.0, 2: -4.0}),
        ("orders", {1: 2, 2: 0}),
        ("average_order", {1: (22.0, 2), 2: (-4.0, 0)}),
        ("repeat_purchase", {1: 1, 2: 0}),
        ("unsubscribes", {1: 0, 2: 1}),
    ],
)
def test_metrics_count_what_their_name_says(key, expected):
    assert measured(key, events(*ALICE, *BELA), 1, 2, 3) == expected


def test_purchases_without_an_order_are_orders_of_their_moment():
    rows = [(1, 1, "purchase", None, 1.0), (1, 1, "purchase", None, 1.0), (1, 2, "purchase", None, 1.0)]
    assert measured("orders", events(*rows), 1) == {1: 2}


def test_only_the_window_and_only_what_had_happened_by_then_counts():
    rows = [(1, days, "purchase", str(days), 1.0) for days in (-29, -1, 0, 19, 20, 27, 28)]
    found = outcomes(events(*rows), assigned(1), metrics.chosen(["revenue"]), WINDOW).to_pylist()
    assert {row["is_before"]: row["revenue"] for row in found} == {True: 1.0, False: 2.0}


def test_customers_who_were_not_assigned_do_not_count():
    assert measured("revenue", events(*ALICE, *BELA), 2) == {2: -4.0}


@pytest.mark.parametrize("key", registry.keys("metrics"))
def test_every_metric_gives_numbers_of_its_kind_and_has_words(key):
    (metric,) = metrics.chosen([key]).values()
    assert str(metric.title)
    values = measured(key, events(*ALICE, *BELA), 1, 2)
    assert set(values) == {1, 2}
    if metric.kind == "ratio":
        assert all(len(pair) == 2 and pair[1] >= 0 for pair in values.values())
    elif metric.kind == "proportion":
        assert set(values.values()) <= {0, 1}


@pytest.mark.parametrize("key", registry.keys("metrics"))
@pytest.mark.parametrize("dialect", ["duckdb", "clickhouse", "snowflake"])
def test_every_metric_compiles_for_other_engines(key, dialect):
    (metric,) = metrics.chosen([key]).values()
    table = ibis.table(ibis.schema(pa.schema(EVENTS)), name="events")
    customers = ibis.table(ibis.schema(assigned(1).schema), name="assigned")
    near = around(table, customers, WINDOW)
    assert "SELECT" in ibis.to_sql(near.group_by("customer").aggregate(outcome=metric.outcome(near)), dialect=dialect)
