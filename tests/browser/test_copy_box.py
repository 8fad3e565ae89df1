"""A marketer lets the editor suggest an opening and puts it in by clicking only."""

import os

import pytest

from campaigns.models import Template
from campaigns.rendering.design.drafts import current

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS", "")

# Playful lines of thanks, so that those of another brief are not taken for them.
WANTED = {
    "en": "You made our printer very happy. Thank you.",
    "zh-hans": "您让我们的打印机特别开心，谢谢。",
}


def shot(page, name: str) -> None:
    """Keep a picture of the page where somebody asked for it."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_opening_is_suggested_and_put_in_by_clicking(
    signed_in, address, complaints, language
):
    page = signed_in
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": address}]
    )
    page.goto(f"{address}/admin/campaigns/template/add/")
    page.fill("#name", "Autumn coats")
    page.locator(".ed-new .r-main").click()
    page.wait_for_selector("#ed-outline li")
    page.locator("#ed-outline li", has=page.locator("text=notes")).first.locator(
        ".ed-item"
    ).click()
    page.locator("[data-copy]").click()
    page.select_option("#ed-copy-goal", "thanks")
    page.select_option("#ed-copy-tone", "playful")
    lines = page.locator(".ed-opening")
    wanted = lines.filter(has_text=WANTED[language])
    wanted.wait_for()
    assert lines.count() == 5
    shot(page, f"copy-{language}")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, f"copy-{language}-phone-dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    wanted.click()
    page.wait_for_selector("#draft-state[data-look=saved]")
    shot(page, f"put-{language}")
    blocks = current(Template.objects.get())["design"]["blocks"]
    text = next(one["text"] for one in blocks if one["kind"] == "text")
    assert "".join(run.get("text", "") for run in text[0]) == WANTED[language]
