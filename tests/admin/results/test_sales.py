"""Sales are the history's sums, of the shop or of one item."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import F, Sum
from django.urls import reverse

from profiles import history
from profiles.admin.overview.sales import WEEKS, chart, sales
from profiles.models import Event
from retention_site.lib.admin.words import money
from retention_site.lib.clock import now
from tests.factories import make_customer, make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_history(settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"


def test_without_a_history_the_card_says_so(own_history, signed_in):
    assert "No history yet" in signed_in.get(reverse("sales")).content.decode()


def test_the_card_s_sums_are_those_of_the_events(own_history, signed_in, shop):
    history.refresh()
    bought = Event.objects.filter(type="purchase")
    found = sales(None, now())
    assert found.n_customers == len(shop.customers)
    gross = float(bought.aggregate(sum=Sum(F("price") * F("quantity")))["sum"])
    assert (found.gross, found.net, found.returned) == (
        pytest.approx(gross),
        pytest.approx(gross),
        0,
    )
    assert sum(net for _monday, net in found.weeks) == pytest.approx(found.net)
    assert len(found.weeks) == WEEKS
    page = signed_in.get(reverse("sales")).content.decode()
    assert money(found.net, "USD") in page
    assert "Came back" in page


def test_what_came_back_is_taken_off_the_week_of_its_purchase(own_history, shop):
    customer, last_week = make_customer(), now() - timedelta(days=7)
    make_event(
        customer, at=last_week, quantity=3, price=100, order_id="big", item_id="jar"
    )
    history.refresh()
    before = sales(None, now())
    make_event(
        customer,
        "return",
        at=now(),
        quantity=-2,
        price=100,
        order_id="big",
        item_id="jar",
    )
    history.refresh()
    after = sales(None, now())
    assert (after.gross, after.returned) == (
        pytest.approx(before.gross),
        pytest.approx(before.returned + 200),
    )
    pairs = zip(after.weeks, before.weeks, strict=True)
    changed = {
        monday: round(net - before_it, 2) for (monday, net), (_same, before_it) in pairs
    }
    assert {monday: by for monday, by in changed.items() if by} == {
        before.weeks[-2][0]: -200.0
    }
    assert sum(net for _monday, net in after.weeks) == pytest.approx(after.net)
    assert after.n_orders == before.n_orders


def test_weeks_are_calendar_weeks_of_the_shop_and_stand_still_while_one_watches(
    own_history, settings
):
    settings.SHOP_TIME_ZONE = "America/New_York"
    customer = make_customer()
    # Monday by UTC, still Sunday in the shop
    sunday_night = datetime(2024, 6, 3, 3, 30, tzinfo=UTC)
    make_event(customer, at=sunday_night, quantity=1, price=7)
    make_event(customer, at=sunday_night + timedelta(hours=1), quantity=1, price=11)
    history.refresh()
    early, later = (
        sales(None, datetime(2024, 6, 5, hour, tzinfo=UTC)) for hour in (10, 11)
    )
    assert early.weeks == later.weeks
    assert early.weeks[-2:] == [(date(2024, 5, 27), 7.0), (date(2024, 6, 3), 11.0)]
    last = chart(early)["labels"][-1]
    assert "still open" in last
    assert sales(None, datetime(2024, 6, 10, 3, 59, tzinfo=UTC)).weeks[-1][0] == date(
        2024, 6, 3
    )
    assert sales(None, datetime(2024, 6, 10, 4, 1, tzinfo=UTC)).weeks[-1][0] == date(
        2024, 6, 10
    )


def test_one_item_s_sales_are_its_own(own_history, shop):
    history.refresh()
    item = shop.items[0].external_id
    bought = Event.objects.filter(type="purchase", item_id=item)
    assert sales(item, now()).quantity == bought.count()
    assert sales("no such item", now()).n_customers == 0
