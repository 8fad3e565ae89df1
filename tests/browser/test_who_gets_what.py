"""Who gets what is seen on a desk and on a phone, in English and in Chinese."""

import pytest

from campaigns.content.model import stored
from tests.admin.test_who_gets_what import content_of, people  # noqa: F401
from tests.browser.test_coupon_pool_path import is_too_wide, look
from tests.factories import PASSWORD, make_campaign, make_marketer, make_version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.usefixtures("people")
def test_a_marketer_sees_who_gets_what(address, page, complaints):
    make_marketer("mia")
    campaign = make_campaign("Spring")
    make_version(campaign, content=stored(content_of()))
    page.goto(f"{address}/admin/campaigns/campaign/{campaign.pk}/change/")
    page.fill("#id_username", "mia")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.click("text=who gets what")
    assert "people would get a coupon" in page.locator(".r-head h2").inner_text()
    look(page, "who_1440_light")
    page.set_viewport_size({"width": 390, "height": 900})
    assert not is_too_wide(page)
    page.emulate_media(color_scheme="dark")
    page.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "url": address}]
    )
    page.reload()
    assert not is_too_wide(page)
    look(page, "who_390_dark")
    assert not complaints
