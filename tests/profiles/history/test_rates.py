"""One currency: an amount counts at its day's rate, and without one it stays out and is
counted.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from profiles import history, segments
from profiles.admin.overview.sales import sales
from profiles.history.currencies import seen
from profiles.intake.imports import load
from profiles.models import QuarantinedRow, Rate
from profiles.portraits.refresh import draw_now
from retention_site.lib.clock import now
from tests.factories import make_customer, make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_history(settings, tmp_path):
    settings.HISTORY_DIR, settings.SHOP_CURRENCY = tmp_path / "history", "GBP"


def revenue(as_of: datetime | None = None) -> list[float | None]:
    history.refresh()
    rows = history.tables(as_of).run(
        "SELECT revenue FROM events ORDER BY happened_at, order_id"
    )
    return rows["revenue"].to_pylist()


def test_an_amount_counts_at_the_last_rate_on_or_before_its_day(settings):
    settings.SHOP_TIME_ZONE = "Europe/London"
    Rate.objects.create(currency="EUR", date=date(2024, 6, 1), rate="0.85")
    Rate.objects.create(currency="EUR", date=date(2024, 6, 10), rate="0.90")
    customer = make_customer()
    days = {
        datetime(2024, 5, 31, 22, 59, tzinfo=UTC): None,  # the day before, in London
        datetime(2024, 5, 31, 23, 1, tzinfo=UTC): 85.0,
        datetime(2024, 6, 9, 12, tzinfo=UTC): 85.0,
        datetime(2024, 6, 10, 12, tzinfo=UTC): 90.0,
        datetime(2024, 7, 10, 12, tzinfo=UTC): 90.0,
    }
    for at in days:
        make_event(customer, at=at, quantity=2, price=50, currency="EUR")
    assert revenue() == [pytest.approx(worth) for worth in days.values()]


def test_amounts_of_several_currencies_are_one_sum():
    customer, at = make_customer(), now() - timedelta(days=1)
    Rate.objects.create(currency="EUR", date=date(2020, 1, 1), rate="0.80")
    for currency, price in (("GBP", 10), ("", 5), ("EUR", 25), ("JPY", 9000)):
        make_event(customer, at=at, price=price, currency=currency, discount=price / 10)
    history.refresh()
    (mine,) = draw_now(now()).to_pylist()
    assert (mine["spend"], mine["spend__n"]) == (35.0, 3)  # yen stay out
    assert mine["basket"] == 10.0
    rule = {"is": "event_sum", "type": "purchase", "at_least": 35, "at_most": 35}
    assert segments.members(rule).tolist() == [customer.pk]
    assert segments.fitting(rule, [customer.pk]).tolist() == [customer.pk]
    left_out = {
        one.currency: (one.n, one.n_without_rate) for one in seen(history.tables())
    }
    assert left_out == {"EUR": (1, 0), "JPY": (1, 1)}
    found = sales(None, now())
    assert (found.net, [one.currency for one in found.left_out]) == (35.0, ["JPY"])


def test_a_rate_that_comes_later_counts_from_the_next_refresh():
    make_event(
        make_customer(), at=now() - timedelta(days=1), price=9000, currency="JPY"
    )
    assert revenue() == [None]
    rate = Rate.objects.create(currency="JPY", date=date(2020, 1, 1), rate="0.005")
    assert revenue() == [45.0]
    rate.delete()
    assert revenue() == [None]


def test_a_file_of_rates_is_taken_in_and_bad_rows_wait_with_their_reason(tmp_path):
    path = tmp_path / "rates.csv"
    rows = [
        "EUR,2024-01-01,0.85",
        "EUR,2024-01-01,0.86",
        "usd,2024-01-01,0.79",
        "EUR,2024-02-30,0.8",
        "GBP,2024-01-01,1",
        "XYQ,2024-01-01,1",
        "EUR,2024-01-02,0",
        "EUR,2024-01-03,-1",
        "EUR,2024-01-04,dear",
        ",2024-01-01,1",
        "EUR,2999-01-01,1",
        "EUR,,1",
    ]
    path.write_text("currency,date,rate\n" + "\n".join(rows) + "\n")
    answer = load("rates", path)
    counted = [
        answer[name]
        for name in ("read", "stored", "updated", "duplicates", "quarantined")
    ]
    assert counted == [12, 2, 0, 1, 9]
    kept = {
        (one.currency, one.date.isoformat()): float(one.rate)
        for one in Rate.objects.all()
    }
    assert kept == {("EUR", "2024-01-01"): 0.86, ("USD", "2024-01-01"): 0.79}
    waiting = {
        (row.line, row.column): row.reason
        for row in QuarantinedRow.objects.filter(kind="rates")
    }
    assert waiting == {
        (5, "date"): "impossible date",
        (6, "currency"): "own currency of the shop",
        (7, "currency"): "unknown currency",
        (8, "rate"): "not above 0",
        (9, "rate"): "not above 0",
        (10, "rate"): "not a number",
        (11, "currency"): "missing",
        (12, "date"): "impossible date",
        (13, "date"): "missing",
    }
    again = load("rates", path)
    assert (again["stored"], again["updated"], again["duplicates"]) == (0, 0, 3)
    path.write_text("currency,date,rate\nEUR,2024-01-01,0.87\n")
    assert load("rates", path)["updated"] == 1
