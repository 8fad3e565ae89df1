"""A rule and a tier are made by clicking, in English and in Chinese, on a desk and on a
phone.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from campaigns.offers.points import programme
from campaigns.offers.points.ledger import Award, award, burn
from retention_site.lib.clock import now
from tests.browser.test_coupon_pool_path import is_too_wide, look
from tests.factories import PASSWORD, make_customer, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_rule_and_a_tier_are_made(address, page, complaints):
    person = make_marketer("mia", is_superuser=False)
    person.groups.add(Group.objects.get(name="marketer"))
    page.goto(f"{address}/admin/points/")
    page.fill("#id_username", "mia")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    look(page, "points_empty")
    page.click("text=Add rule")
    page.fill("#name", "Every dollar")
    page.fill("#per", "0")
    page.click("text=Save rule")
    assert "must be above 0" in page.locator(".r-bad[role=alert]").inner_text()
    page.fill("#per", "1")
    page.fill("#most", "500")
    look(page, "points_rule")
    page.click("text=Save rule")
    page.click("text=Add rule")
    page.fill("#name", "Review")
    assert not page.locator("#event").is_visible()
    page.select_option("#kind", "event")
    assert not page.locator("#per").is_visible()
    page.fill("#event", "review")
    page.fill("#points", "50")
    page.click("text=Save rule")
    page.click("text=Add tier")
    page.fill("#name", "Silver")
    page.fill("#from", "500")
    page.fill("#multiplier", "1.25")
    page.click("text=Save tier")
    terms = programme.current()
    assert [rule.kind for rule in terms.earn] == ["spend", "event"]
    assert terms.tiers.steps[0].starts_from == 500
    at = now() - timedelta(minutes=5)
    for n, name in enumerate(("Ann", "Bert", "Cleo")):
        customer = make_customer(first_name=name, last_name="Ng")
        award(Award(customer, 400 * (n + 1), f"a{n}", note="Thanks"), at=at)
        later = at + timedelta(days=9)
        award(Award(customer, 90, f"p{n}", opens_at=later), at=at)
        burn(customer, 120, key=f"b{n}", at=at + timedelta(minutes=1))

    for width, zh, colours in (
        (1440, False, "light"),
        (390, False, "light"),
        (390, True, "dark"),
        (1440, True, "dark"),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        if zh:
            page.context.add_cookies(
                [{"name": "django_language", "value": "zh-hans", "url": address}]
            )
        page.emulate_media(color_scheme=colours)
        for name, way in (
            ("page", ""),
            ("rule", "rule/?name=Review"),
            ("tier", "tier/"),
        ):
            page.goto(f"{address}/admin/points/{way}")
            assert not is_too_wide(page), (name, width)
            look(page, f"points_{name}_{width}_{colours}")
    assert not complaints
