"""Sales are the history's sums, of the shop or of one item."""

import pytest
from django.db.models import F, Sum
from django.urls import reverse

from profiles import history
from profiles.admin.overview.sales import WEEKS, sales
from profiles.models import Event
from retention_site.lib.admin.words import money
from retention_site.lib.clock import now

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
    assert found.revenue == pytest.approx(
        float(bought.aggregate(sum=Sum(F("price") * F("quantity")))["sum"])
    )
    assert sum(revenue for _start, revenue in found.weeks) == pytest.approx(
        found.revenue
    )
    assert len(found.weeks) == WEEKS
    assert (
        money(found.revenue, "USD") in signed_in.get(reverse("sales")).content.decode()
    )


def test_one_item_s_sales_are_its_own(own_history, shop):
    history.refresh()
    item = shop.items[0].external_id
    bought = Event.objects.filter(type="purchase", item_id=item)
    assert sales(item, now()).quantity == bought.count()
    assert sales("no such item", now()).n_customers == 0
