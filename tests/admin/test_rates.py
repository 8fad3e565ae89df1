"""Rates of currencies are set in the admin, which says which currency lacks one."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from profiles import history
from profiles.models import Rate
from retention_site.lib.clock import now
from tests.factories import make_customer, make_event

pytestmark = pytest.mark.django_db(transaction=True)
LIST, ADD = "admin:profiles_rate_changelist", "admin:profiles_rate_add"


@pytest.fixture(autouse=True)
def own_history(settings, tmp_path):
    settings.HISTORY_DIR, settings.SHOP_CURRENCY = tmp_path / "history", "GBP"


def saved(signed_in, **fields):
    return signed_in.post(
        reverse(ADD), {"currency": "EUR", "date": "2024-01-01", "rate": "0.85"} | fields
    )


def test_the_list_says_which_currency_lacks_a_rate_and_how_many_amounts_stay_out(
    signed_in,
):
    customer, at = make_customer(), now() - timedelta(days=1)
    for _n in range(3):
        make_event(customer, at=at, price=10, currency="EUR")
    history.refresh()
    page = signed_in.get(reverse(LIST)).content.decode()
    assert "EUR" in page
    assert "Needs a rate from" in page
    assert "3 amounts in EUR" in signed_in.get(reverse("sales")).content.decode()
    assert saved(signed_in).status_code == 302
    history.refresh()
    assert "amounts in EUR" not in signed_in.get(reverse("sales")).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"currency": "GBP"}, "needs no rate"),
        ({"currency": "euro"}, "three capital letters"),
        ({"rate": "0"}, "must be above 0"),
        ({"rate": "-1"}, "must be above 0"),
        ({"date": "2023-05-05"}, "a rate of that day already"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(signed_in, fields, said):
    Rate.objects.create(currency="EUR", date=date(2023, 5, 5), rate="0.9")
    answer = saved(signed_in, **fields)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Rate.objects.count() == 1
