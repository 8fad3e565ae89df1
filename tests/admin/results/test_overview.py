"""The overview counts customers by their portraits, and its cells lead to them."""

from collections import Counter

import pytest
from django.urls import reverse

from profiles import history
from profiles.admin.overview.overview_page import counts, grid
from tests import factories as make


def test_the_grid_sums_money_up_and_stands_with_the_best_on_top():
    rows = grid(Counter({"551": 3, "555": 4, "111": 1}))
    assert [recency for recency, _cells in rows] == [5, 4, 3, 2, 1]
    assert (rows[0][1][4].n, rows[0][1][4].heat) == (7, 100)
    assert sum(cell.n for _recency, cells in rows for cell in cells) == 8


@pytest.mark.django_db(transaction=True)
def test_customers_are_counted_from_the_history(settings, tmp_path, signed_in):
    settings.HISTORY_DIR = tmp_path / "history"
    for rfm, stage in (("555", "active"), ("551", "active"), ("111", "lapsed")):
        make.make_portrait(make.make_customer(), rfm=rfm, lifecycle=stage)
    history.refresh()
    assert counts(("rfm", "lifecycle", "no such trait")) == {
        "rfm": Counter({"555": 1, "551": 1, "111": 1}),
        "lifecycle": Counter({"active": 2, "lapsed": 1}),
    }
    assert "?rfm=55" in signed_in.get(reverse("overview-cards")).content.decode()


def test_a_cell_leads_to_its_customers(signed_in, db):
    wanted = make.make_customer()
    make.make_portrait(wanted, rfm="553", lifecycle="active")
    make.make_portrait(make.make_customer(), rfm="151", lifecycle="lapsed")
    for question in ("rfm=55", "lifecycle=active"):
        page = signed_in.get(
            reverse("admin:profiles_customer_changelist") + "?" + question
        )
        assert [row.pk for row in page.context_data["cl"].result_list] == [wanted.pk]
