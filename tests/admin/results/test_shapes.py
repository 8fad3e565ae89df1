"""Retention and RFM pages: their numbers are those of the database, and cells lead to
people.
"""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from profiles import history
from profiles.admin.overview.cohorts import cells, chosen
from profiles.models import Event
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_history(settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"


@pytest.fixture
def buyers(own_history):
    """Eight who began 120 days ago, every second of whom came back ten days later."""
    began = now() - timedelta(days=120)
    people = [make.make_customer() for _ in range(8)]
    for n, person in enumerate(people):
        make.make_event(person, at=began, item_id="i1")
        if n % 2:
            make.make_event(person, at=began + timedelta(days=10), item_id="i1")
        make.make_portrait(
            person, rfm=f"5{n % 3 + 1}3", spend=10.0 * (n + 1), n_orders=n % 2 + 1
        )
    history.refresh()
    return people


def number(page: str, pattern: str) -> int:
    return int(re.search(pattern, page)[1].replace(",", ""))


def test_cohorts_hold_everybody_who_bought(signed_in, buyers):
    page = signed_in.get(reverse("cohorts-card")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT customer_id) FROM profiles_event WHERE type ="
            " 'purchase'"
        )
        n = cursor.fetchone()[0]
    assert (
        sum(int(one) for one in re.findall(r'n-cohort">(\d+)<', page))
        == n
        == len(buyers)
    )
    assert 'title="4 of 8">50%<' in page
    assert "r-unknown" not in page.split("<tfoot>")[0].split("8</td>")[0]


def test_every_choice_is_a_page(signed_in, buyers):
    for question in (
        "reading=bracket&by=week",
        "reading=unbounded&what=",
        "reading=nonsense&by=7",
    ):
        assert signed_in.get(f"{reverse('cohorts')}?{question}").status_code == 200
        assert (
            'id="cohorts"'
            in signed_in.get(f"{reverse('cohorts-card')}?{question}").content.decode()
        )


def test_what_is_unknown_is_the_usual(rf):
    assert chosen(rf.get("/?reading=x&by=y&what=z")) == {
        "reading": "exact",
        "by": "month",
        "what": "purchase",
    }
    assert chosen(rf.get("/?what=")) == {"reading": "exact", "by": "month", "what": ""}


def test_a_cell_that_is_not_known_says_so_and_no_number():
    known, unknown = cells([0.256, float("nan")], [10, 10])
    assert (known.words, known.title) == ("26%", "3 of 10")
    assert unknown.words == ""


def test_the_grid_holds_everybody_and_its_cells_lead_to_them(signed_in, buyers):
    page = signed_in.get(reverse("rfm-card")).content.decode()
    cells = {
        key: int(n) for key, n in re.findall(r'data-cell="(\d\d)"><b>(\d+)</b>', page)
    }
    assert (
        sum(cells.values()) == number(page, r'id="n-bought">([\d,]+)<') == len(buyers)
    )
    for key, n in cells.items():
        found = signed_in.get(
            f"{reverse('admin:profiles_customer_changelist')}?rfm={key}"
        )
        assert found.context_data["cl"].result_count == n
    money = signed_in.get(f"{reverse('rfm-card')}?show=spend").content.decode()
    assert "$360.00" in money, "10 + 20 + … + 80"


def test_nothing_is_said_before_there_is_a_history(signed_in, own_history):
    assert not Event.objects.exists()
    assert "No history yet" in signed_in.get(reverse("cohorts-card")).content.decode()
    assert "No portraits yet" in signed_in.get(reverse("rfm-card")).content.decode()
