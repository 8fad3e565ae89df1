"""A segment's page says its rule in words, and of each member why."""

import pytest
from django.urls import reverse

from profiles import history
from profiles.models import Segment
from tests import factories as make


@pytest.mark.django_db(transaction=True)
def test_why_a_customer_fits(signed_in, shop, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    history.refresh()
    regulars = Segment.objects.get(name="regulars")
    said = signed_in.get(
        reverse("why", args=[regulars.pk, shop.customers[0].pk])
    ).content.decode()
    assert "check_circle" in said
    stranger = make.make_customer()
    history.refresh()
    said = signed_in.get(
        reverse("why", args=[regulars.pk, stranger.pk])
    ).content.decode()
    assert "check_circle" not in said


def test_a_rule_that_can_not_be_read_spoils_no_page(signed_in, db):
    segment = make.make_segment(rule={"all": [{"is": "no such predicate"}]})
    page = signed_in.get(reverse("admin:profiles_segment_change", args=[segment.pk]))
    assert "can&#x27;t be read" in page.content.decode()
    assert (
        signed_in.get(reverse("admin:profiles_segment_changelist")).status_code == 200
    )


def test_the_page_names_the_campaigns_that_use_it(signed_in, shop):
    page = signed_in.get(
        reverse(
            "admin:profiles_segment_change",
            args=[Segment.objects.get(name="regulars").pk],
        )
    )
    assert str(shop.campaign) in page.content.decode()
