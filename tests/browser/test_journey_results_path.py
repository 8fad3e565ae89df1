"""A journey is rehearsed, followed and measured by clicking, in English and in Chinese, on a
desk and on a phone.
"""

import pytest
from django.contrib.auth.models import Group

from campaigns.journey_rehearsal.rehearse import stored
from campaigns.proof.journeys.journey_report import evaluate
from retention_site.lib.clock import now
from tests.admin.campaigns.test_journey_results import cart_journey
from tests.browser.test_coupon_pool_path import is_too_wide, look
from tests.factories import PASSWORD, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("rehearse", "follow/?customer=v0", "report", "test")


def test_a_draft_is_rehearsed_and_a_customer_followed(
    address, page, complaints, settings, tmp_path
):
    settings.HISTORY_DIR = tmp_path / "history"
    person = make_marketer("mia", is_superuser=False)
    person.groups.add(Group.objects.get(name="marketer"))
    journey = cart_journey()
    at = f"{address}/admin/campaigns/journey/{journey.pk}"
    page.goto(f"{at}/rehearse/")
    page.fill("#id_username", "mia")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.fill("#days", "30")
    page.click("text=Rehearse >> nth=-1")
    page.wait_for_selector(".r-busy")
    stored(journey, now(), 30)
    evaluate(journey)
    page.click("text=Follow a customer")
    page.fill("#customer", "v0")
    page.click("button:has-text('Follow')")
    assert "waited at hour" in page.locator("#entry-1").inner_text()
    page.click("text=What it changed")
    assert "remind" in page.locator("#steps").inner_text()
    for width, zh, colours in ((1440, False, "light"), (390, True, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours)
        if zh:
            page.context.add_cookies(
                [{"name": "django_language", "value": "zh-hans", "url": address}]
            )
        for one in PAGES:
            page.goto(f"{at}/{one}" if "?" in one else f"{at}/{one}/")
            assert not is_too_wide(page), (one, width)
            look(page, f"journey_{one.partition('/')[0]}_{width}")
    assert not complaints
