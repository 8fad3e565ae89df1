"""The pages of learning and of what is never recommended, by clicking."""

import pytest
from django.contrib.auth import get_user_model

from profiles.models import Item, Job
from recommender import suspects
from tests.factories import make_item

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_somebody_learns_now_and_answers_what_is_asked(
    signed_in, address, complaints, tmp_path
):
    get_user_model().objects.update(is_superuser=True)
    for title in ("POSTAGE", "Bank Charges", "Gift voucher"):
        make_item(external_id=title, title=title, category="")
    make_item(external_id="smoke", title="Cigarettes", category="Kiosk")
    suspects.sweep()
    page = signed_in
    page.goto(f"{address}/admin/learning/")
    page.screenshot(path=tmp_path / "learning.png", full_page=True)
    page.click("text=Learn now")
    page.wait_for_selector("text=Learning has begun")
    assert (
        Job.objects.filter(kind="portraits", key__startswith="learn:asked").count() == 1
    )
    page.click("text=Look at them")
    page.wait_for_selector("text=POSTAGE")
    page.screenshot(path=tmp_path / "goods.png", full_page=True)
    page.click("section:has-text('POSTAGE') button:has-text('Never recommend')")
    page.wait_for_selector("text=never recommended")
    assert Item.objects.filter(never_recommend=True).count() == 3
    item = Item.objects.get(external_id="smoke")
    page.goto(f"{address}/admin/profiles/item/{item.pk}/change/")
    page.click("button:has-text('Never recommend')")
    page.wait_for_selector("text=It stands in no list")
    page.screenshot(path=tmp_path / "item.png", full_page=True)
    assert Item.objects.get(pk=item.pk).never_recommend
    assert not [one for one in complaints if "favicon" not in one]
