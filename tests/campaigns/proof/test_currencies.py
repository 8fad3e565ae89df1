"""Amounts in another currency count at their rate; without one they are never added up."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest

from campaigns.outcomes import outcome_currency
from campaigns.outcomes.customer_outcomes import Window
from campaigns.proof.effects import measure
from campaigns.stats.experiment_spec import Metric, Plan

AT = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = Window(28, 28, AT + timedelta(days=28))


@pytest.fixture
def shop(settings):
    settings.SHOP_CURRENCY = "USD"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE assigned AS SELECT 1 AS customer, TIMESTAMPTZ '2024-05-01' AS"
            " assigned_at"
        )
        connection.execute(
            "CREATE TABLE events (customer INT, type VARCHAR, happened_at TIMESTAMPTZ, "
            "currency VARCHAR, revenue DOUBLE)"
        )
        yield connection


def pays(
    connection, currency, customer=1, at="2024-05-03", kind="purchase", revenue=None
):
    connection.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
        [customer, kind, at, currency, revenue],
    )


def test_the_shops_own_currency_and_none_are_one(shop):
    for currency in ("USD", "", None):
        pays(shop, currency)
    pays(shop, "EUR", customer=2)  # nobody who was assigned
    pays(shop, "EUR", at="2024-04-01")  # before
    pays(shop, "EUR", kind="view")
    pays(shop, "EUR", revenue=9.5)  # at its rate
    assert outcome_currency.without_rate(SimpleNamespace(connection=shop), WINDOW) == ""


def test_another_one_is_named(shop):
    pays(shop, "USD")
    pays(shop, "EUR")
    pays(shop, "CHF")
    assert (
        outcome_currency.without_rate(SimpleNamespace(connection=shop), WINDOW)
        == "amounts in CHF, EUR have no rate in USD"
    )


def test_a_metric_in_several_currencies_has_no_number_but_its_reason():
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE rows AS SELECT if(i % 2 = 0, 'a', 'b') AS arm, i AS unit,"
            " i::DOUBLE AS v0, (i % 3 = 0)::DOUBLE AS v1 FROM range(200) made(i)"
        )
        plan = Plan("arm", "a", (Metric("paid"), Metric("bought")), "unit")
        effect = measure(
            connection, plan, unusable={"paid": "amounts in EUR have no rate in USD"}
        )
    paid, bought = effect["results"]
    assert (paid["difference"], paid["low"], paid["p"], paid["verdict"]) == (
        None,
        None,
        None,
        "undecided",
    )
    assert "no rate" in paid["sentence"]
    assert any("no rate" in problem for problem in effect["problems"])
    assert bought["low"] is not None
