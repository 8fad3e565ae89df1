"""Every metric of the plug-in table keeps the contract; those we ship count what their
name says.
"""

from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from campaigns.content import metric_keys
from campaigns.outcomes.customer_outcomes import Window, around, by_window, outcomes
from retention_site.lib import registry

# the margin is a rule that a person may set
pytestmark = pytest.mark.django_db

LAUNCH = datetime(2024, 5, 1, 10, tzinfo=UTC)
WINDOW = Window(days=28, days_before=28, until=LAUNCH + timedelta(days=20))
EVENTS = {
    "customer": pa.int64(),
    "type": pa.string(),
    "happened_at": pa.timestamp("us", "UTC"),
    "order_key": pa.string(),
    "revenue": pa.float64(),
    "discount": pa.float64(),
}


def events(*rows):
    """Rows of (customer, days after launch, type, order, revenue); a line without an
    order is one of its moment.
    """
    columns = zip(
        *(
            (
                customer,
                kind,
                LAUNCH + timedelta(days=days),
                order or str(days),
                paid,
                *(off or [0.0]),
            )
            for customer, days, kind, order, paid, *off in rows
        ),
        strict=True,
    )
    arrays = [
        pa.array(values, kind)
        for values, kind in zip(columns, EVENTS.values(), strict=True)
    ]
    return ibis.memtable(pa.table(dict(zip(EVENTS, arrays, strict=True))))


KEYS = [key if key != "events" else "events:view" for key in registry.keys("metrics")]


def assigned(*customers):
    at = pa.array([LAUNCH] * len(customers), pa.timestamp("us", "UTC"))
    return pa.table({"customer": pa.array(customers, pa.int64()), "assigned_at": at})


def measured(key, table, *customers):
    """Outcome (and denominator) after the launch by customer."""
    found = (
        outcomes(
            table,
            ibis.memtable(assigned(*customers)),
            metric_keys.chosen([key]),
            WINDOW,
        )
        .to_pyarrow()
        .to_pylist()
    )
    rows = [row for row in found if not row.pop("is_before")]
    return {
        row.pop("customer"): (
            next(iter(row.values())) if len(row) == 1 else tuple(row.values())
        )
        for row in rows
    }


ALICE = [
    (1, 3, "coupon_redeemed", "b", 0.0, 3.0),
    (1, 1, "purchase", "a", 10.0),
    (1, 1, "purchase", "a", 5.0),
    (1, 3, "purchase", "b", 7.0),
]
BELA = [
    (2, 2, "view", None, None),
    (2, 5, "return", "z", -4.0),
    (2, 6, "unsubscribed", None, None),
]
BELA += [(2, 7, "complained", None, None)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("conversion", {1: 1, 2: 0}),
        ("revenue", {1: 22.0, 2: -4.0}),
        ("orders", {1: 2, 2: 0}),
        ("average_order", {1: (22.0, 2), 2: (-4.0, 0)}),
        ("repeat_purchase", {1: 1, 2: 0}),
        ("unsubscribes", {1: 0, 2: 1}),
        ("complaints", {1: 0, 2: 1}),
        ("events:view", {1: 0, 2: 1}),
        ("margin", {1: 0.5 * 22 - 3, 2: 0.5 * -4}),
        ("retention_7", {1: 1, 2: 0}),
    ],
)
def test_metrics_count_what_their_name_says(key, expected, settings):
    settings.SHOP_MARGIN = 0.5
    assert measured(key, events(*ALICE, *BELA), 1, 2, 3) == expected


def test_purchases_without_an_order_are_orders_of_their_moment():
    rows = [
        (1, 1, "purchase", None, 1.0),
        (1, 1, "purchase", None, 1.0),
        (1, 2, "purchase", None, 1.0),
    ]
    assert measured("orders", events(*rows), 1) == {1: 2}


def test_only_the_window_and_only_what_had_happened_by_then_counts():
    rows = [
        (1, days, "purchase", str(days), 1.0) for days in (-29, -1, 0, 19, 20, 27, 28)
    ]
    found = (
        outcomes(
            events(*rows),
            ibis.memtable(assigned(1)),
            metric_keys.chosen(["revenue"]),
            WINDOW,
        )
        .to_pyarrow()
        .to_pylist()
    )
    assert {row["is_before"]: row["revenue"] for row in found} == {
        True: 1.0,
        False: 2.0,
    }


def test_a_metric_with_a_window_of_its_own_is_measured_in_it():
    chosen = metric_keys.chosen(["conversion", "retention_7", "retention_90", "orders"])
    assert {
        own.days: list(some) for own, some in by_window(chosen, WINDOW).items()
    } == {
        28: ["conversion", "orders"],
        7: ["retention_7"],
        90: ["retention_90"],
    }


@pytest.mark.parametrize("key", ["events", "events:", "conversion:x", "moon"])
def test_a_metric_that_is_not_there_is_named_with_those_that_are(key):
    assert not metric_keys.known(key)
    with pytest.raises(registry.UnknownPlugin, match="conversion"):
        metric_keys.chosen([key])


def test_customers_who_were_not_assigned_do_not_count():
    assert measured("revenue", events(*ALICE, *BELA), 2) == {2: -4.0}


@pytest.mark.parametrize("key", KEYS)
def test_every_metric_gives_numbers_of_its_kind_and_has_words(key):
    (metric,) = metric_keys.chosen([key]).values()
    assert str(metric.title)
    values = measured(key, events(*ALICE, *BELA), 1, 2)
    assert set(values) == {1, 2}
    if metric.kind == "ratio":
        assert all(len(pair) == 2 and pair[1] >= 0 for pair in values.values())
    elif metric.kind == "proportion":
        assert set(values.values()) <= {0, 1}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("dialect", ["duckdb", "clickhouse", "snowflake"])
def test_every_metric_compiles_for_other_engines(key, dialect):
    (metric,) = metric_keys.chosen([key]).values()
    table = ibis.table(ibis.schema(pa.schema(EVENTS)), name="events")
    customers = ibis.table(ibis.schema(assigned(1).schema), name="assigned")
    near = around(table, customers, WINDOW)
    assert "SELECT" in ibis.to_sql(
        near.group_by("customer").aggregate(outcome=metric.outcome(near)),
        dialect=dialect,
    )
