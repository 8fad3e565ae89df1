"""A manager opens a result and reads it in a minute: verdict, money, pictures; it prints
on one page.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from retention_site.lib.clock import now
from tests import factories as make
from tests.small_shop import effect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")
MONEY = {
    "currency": "USD",
    "incremental_revenue": {"value": 12400.0, "low": 7300.0, "high": 17500.0},
    "cost": {"coupons": 1260.0, "sending": 0.0, "total": 1260.0},
    "profit": {"value": 11140.0, "low": 6040.0, "high": 16240.0},
    "is_sending_priced": False,
    "margin_share": 1.0,
    "sentence": "It brought +12,400.00 USD of revenue.",
}


def daily() -> list[dict]:
    return [
        {
            "arm": "offer",
            "metric": "orders",
            "kind": "mean",
            "at": (now() - timedelta(days=20 - day)).isoformat(),
            "n": 1250,
            "difference": 0.6 - 0.4 / (day + 1),
            "low": 0.6 - 0.4 / (day + 1) - 1.8 / (day + 1),
            "high": 0.6 + 1.8 / (day + 1),
        }
        for day in range(20)
    ]


@pytest.fixture
def report(shop):
    found = effect(0.6, 0.35, 0.85, "better") | {"daily": daily()}
    return make.make_effect(shop.campaign, shop.run, effect=found, money=MONEY)


def look(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_a_result_is_read_at_a_glance_and_prints_on_a_page(
    signed_in, address, report, complaints, tmp_path
):
    page = signed_in
    page.goto(f"{address}/admin/campaigns/effectreport/{report.pk}/change/")
    page.wait_for_selector("#hero")
    assert "Better" in page.locator("#hero").inner_text()
    sentence = page.locator("#hero #sentence").inner_text()
    assert len(sentence.split()) <= 15
    assert "$12,400" in page.locator(".e-figure").inner_text()
    assert "between +$7,300" in page.locator(".e-figure").inner_text()
    assert "above zero" in page.locator(".e-pictures").inner_text()
    assert page.locator(".e-pictures canvas").count() == 2
    look(page, "report_1440_en")
    printed = page.pdf(path=str(Path(PICTURES or tmp_path) / "report.pdf"), format="A4")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 1
    page.set_viewport_size({"width": 390, "height": 900})
    page.reload()
    look(page, "report_390_en")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    page.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "url": address}]
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/admin/campaigns/effectreport/{report.pk}/change/")
    assert "更好" in page.locator("#hero").inner_text()
    look(page, "report_1440_zh")
    assert complaints == []


def test_a_result_that_is_too_early_shows_no_number(signed_in, address, report):
    report.result["effect"]["results"][0]["verdict"] = "undecided"
    report.result["as_of"] = now().isoformat()
    report.window_to = now() + timedelta(days=28)
    report.save()
    page = signed_in
    page.goto(f"{address}/admin/campaigns/effectreport/{report.pk}/change/")
    said = page.locator(".r-page").inner_text()
    assert "Too early to say. Look again on" in said
    assert "$" not in said
    assert "0.6" not in page.content()
    assert page.locator("canvas").count() == 0
    look(page, "report_early")
