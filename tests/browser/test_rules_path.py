"""The rules are kept by clicking: what stands still goes on, a clash of the calendar is
moved, on a wide screen and a phone, in English and in Chinese.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.models import Brake, Campaign
from retention_site.lib.clock import now
from tests.campaigns.planning.test_calendar import scheduled, soon, wrote
from tests.factories import PASSWORD, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def desk(address, page, complaints):
    """The browser of somebody who may do everything."""
    make_marketer("boss")
    page.goto(f"{address}/admin/")
    page.fill("#id_username", "boss")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    return page


def look(page, name: str) -> None:
    """See that a page fits a phone and a wide screen; keep pictures where wanted."""
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(WIDE), (name, width)
        for theme in ("light", "dark") if PICTURES else ():
            page.emulate_media(color_scheme=theme)
            at = Path(PICTURES) / f"{name}_{width}_{theme}.png"
            page.screenshot(path=str(at), full_page=True)


def chinese(page) -> None:
    page.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "url": page.url}]
    )
    page.reload()


def test_what_the_brake_paused_goes_on_by_one_button(desk, address, shop, complaints):
    Campaign.objects.filter(pk=shop.campaign.pk).update(state="paused")
    why = {"n": 20, "of": 1800, "days": 1, "at_least": 0.0049, "limit": 0.003}
    for campaign in (shop.campaign, None):
        Brake.objects.create(
            campaign=campaign, kind="complaints", pulled_at=now(), **why
        )
    desk.goto(f"{address}/admin/brake/")
    assert desk.inner_text(".r-head h2") == "2 things stand still"
    look(desk, "brake")
    for left in (1, 0):
        desk.locator("text=Let it go on").first.click()
        desk.wait_for_load_state()
        assert desk.locator(".pulled").count() == left
    assert Campaign.objects.get(pk=shop.campaign.pk).state == "active"
    chinese(desk)
    look(desk, "brake_zh")
    assert "恢复" in desk.inner_text("#over")
    assert complaints == []


def test_a_clash_is_moved_by_one_click_and_waits_for_approval(
    desk, address, shop, complaints
):
    first, second = scheduled("Autumn", soon(2)), scheduled("Bakery week", soon(2, 15))
    scheduled("Every week", soon(3, 9), "FREQ=WEEKLY")
    for one in (first, second):
        wrote(one, shop.customers[:7])
    for name in ("silence", "domain"):
        desk.goto(f"{address}/admin/{name}/")
        look(desk, name)
    desk.goto(f"{address}/admin/calendar/?view=week&on={soon(2):%Y-%m-%d}")
    look(desk, "calendar_week")
    desk.keyboard.press("m")
    desk.wait_for_url("**view=month**")
    desk.goto(f"{address}/admin/calendar/?view=month&on={soon(2):%Y-%m-%d}")
    assert "7 get two" in desk.inner_text(".c-clash")
    look(desk, "calendar")
    desk.locator(".c-clash .c-move").last.click()
    desk.wait_for_load_state()
    waiting = second.versions.get(state="in_review")
    day = waiting.content["schedule"]["starts"][:10]
    assert day == f"{soon(2) + timedelta(2):%Y-%m-%d}"
    chinese(desk)
    look(desk, "calendar_zh")
    assert complaints == []
