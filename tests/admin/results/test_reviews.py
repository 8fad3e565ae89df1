"""The page of reviews: what they say, in customers' words, and reading new ones."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from profiles import jobs
from profiles.reviews.read_events import read_new
from tests import factories as make

LATE = "The delivery was late, but the quality is great. Call +49 30 901820777."


@pytest.fixture
def kettle(db):
    found = make.make_item(external_id="kettle", category="Kitchen > Kettles")
    make.make_event(make.make_customer(), "review", text=LATE, item_id="kettle")
    return found


def test_new_reviews_are_read_and_shown(signed_in, kettle):
    address = reverse("admin:reviews")
    assert "No opinions yet" in signed_in.get(address).content.decode()
    signed_in.post(address)
    jobs.work()
    page = signed_in.get(address, {"category": "Kitchen > Kettles"}).content.decode()
    assert 'data-aspect="delivery"' in page
    assert "<mark>delivery was late</mark>" in page
    assert "901820777" not in page
    item = signed_in.get(reverse("admin:profiles_item_change", args=[kettle.pk]))
    assert 'data-aspect="delivery"' in item.content.decode()


def test_who_may_not_see_personal_data_reads_no_quotes(client, kettle):
    read_new()
    looker = make.make_colleague()
    looker.user_permissions.add(Permission.objects.get(codename="view_customer"))
    client.force_login(looker)
    page = client.get(reverse("admin:reviews")).content.decode()
    assert 'data-aspect="delivery"' in page
    assert "<mark>" not in page
    assert client.post(reverse("admin:reviews")).status_code == 403
