"""A coupon pool is made, filled and edited by clicking, in English and in
Chinese, on a desk and on a phone.
"""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from campaigns.models import CouponPool
from tests.factories import PASSWORD, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")


def look(page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def is_too_wide(page) -> bool:
    script = (
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return bool(page.evaluate(script))


@pytest.fixture
def marketer(address, page, complaints):
    """The browser of a marketer, on the list of pools."""
    person = make_marketer("mia", is_superuser=False)
    person.groups.add(Group.objects.get(name="marketer"))
    page.goto(f"{address}/admin/")
    page.fill("#id_username", "mia")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.goto(f"{address}/admin/campaigns/couponpool/add/")
    return page


def test_a_pool_is_made_filled_and_edited(marketer, address, complaints):
    page = marketer
    assert not page.locator("#percent").is_visible()
    page.fill("#name", "Spring 15")
    page.select_option("#kind", "percent")
    page.fill("#percent", "15")
    page.fill("#value", "10")
    page.fill("#budget", "5")
    page.click("text=Make the pool")
    assert "not even one coupon" in page.locator(".r-bad[role=alert]").inner_text()
    page.fill("#budget", "1000")
    look(page, "pool_form")
    page.click("text=Make the pool")
    page.fill("#make_n", "12")
    page.click("text=Make codes >> nth=-1")
    pool = CouponPool.objects.get(name="Spring 15")
    assert pool.n_issued == 12
    look(page, "pool_page")
    page.click("#edit")
    page.fill("#cap", "900")
    page.click("text=Save pool")

    for width, zh in ((390, False), (1440, True)):
        page.set_viewport_size({"width": width, "height": 900})
        if zh:
            page.context.add_cookies(
                [{"name": "django_language", "value": "zh-hans", "url": address}]
            )
        page.emulate_media(color_scheme="dark")
        for name, way in (("page", "change"), ("form", "edit")):
            page.goto(f"{address}/admin/campaigns/couponpool/{pool.pk}/{way}/")
            assert not is_too_wide(page), (name, width)
            look(page, f"pool_{name}_{width}")
    pool.refresh_from_db()
    assert pool.cap == 900
    assert not complaints
