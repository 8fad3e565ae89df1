"""Journeys by clicking only: a cart left behind drawn from nothing, a welcome from its
recipe.
"""

import re

import pytest

from campaigns.models import Campaign, CampaignVersion
from profiles.models import Segment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def settle(page) -> None:
    page.wait_for_selector("#draft-state[data-look=saved]")


def add(page, where: str, kind: str) -> None:
    """Press a plus, choose a kind; its panel opens."""
    page.click(f'[data-add="{where}"]')
    page.click(f"#j-menu [data-kind-of-step={kind}]")
    page.wait_for_selector(
        f'#j-form input[name=place][value="{where}"]', state="attached"
    )
    settle(page)


def write(page, name: str, text: str) -> None:
    page.fill(f"#j-form [name='{name}']", text)
    settle(page)


def test_cart_left_behind_is_drawn_and_sent_for_review(signed_in, address, complaints):
    page = signed_in
    page.goto(f"{address}/admin/campaigns/journey/")
    page.click("text=New journey")
    page.fill("#name", "Cart by hand")
    page.click("button[value=blank]")
    page.wait_for_selector("#j-tree")
    assert "Add the first step." in page.inner_text("#j-tree")

    add(page, "steps.1", "wait")
    write(page, "wait.for", "1 hour")
    add(page, "steps.2", "message")
    write(page, "messages.email.subject", "Your cart")
    page.select_option("[name='messages.email.from']", "file:recipes/abandoned_cart")
    settle(page)
    add(page, "steps.3", "wait_until")
    write(page, "wait_until.at_most", "1 day")
    add(page, "steps.3.wait_until.else.1", "message")
    page.click("label:has([name=channels][value=sms])")
    page.wait_for_selector("[name='messages.sms.text']")
    page.click("label:has([name=channels][value=email])")
    settle(page)
    write(page, "messages.sms.text", "Your cart is still there")

    page.click("[data-part^='remove:']")
    page.wait_for_selector("#j-form", state="detached")
    page.click("#draft-undo")
    page.wait_for_selector("text=Your cart is still there")
    page.click("#n-enter")
    write(page, "trigger.key", "cart_id")
    page.wait_for_selector(".j-problem", state="detached")
    page.keyboard.press("Escape")
    page.wait_for_selector("#j-form", state="detached")
    page.click("#e-submit button")
    page.wait_for_selector("#journey-page")
    assert "Version 1 waits for approval" in page.inner_text("#review")

    journey = Campaign.objects.get(name="Cart by hand")
    version = journey.versions.get()
    assert version.state == CampaignVersion.State.IN_REVIEW
    kinds = [
        next(key for key in step if key != "key") for step in version.content["steps"]
    ]
    assert kinds == ["wait", "message", "wait_until"]
    assert not complaints


def test_rule_of_a_split_is_built_from_rows_at_390(signed_in, address, complaints):
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/admin/campaigns/journey/add/")
    page.fill("#name", "Split")
    page.click("button[value=blank]")
    add(page, "steps.1", "split")
    page.click("[data-rule] [data-adds]")
    page.click("[data-rule] .s-menu[open] .s-list button >> nth=0")
    page.wait_for_selector("[data-rule] [data-condition]")
    settle(page)
    found = Campaign.objects.get(name="Split").draft.content["steps"][0]["split"]["if"]
    assert found["all"]
    page.click("[data-closes]")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    assert not complaints


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_welcome_begins_with_its_recipe(signed_in, address, complaints, language):
    page = signed_in
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": address}]
    )
    page.goto(f"{address}/admin/recipes/")
    page.click("#welcome_in_steps button")
    page.wait_for_selector("#j-tree")
    assert Segment.objects.filter(name="subscribers").exists()
    assert page.locator(".j-problem:not(.j-doubt)").count() == 0
    if language != "en":
        words = page.inner_text("#j-tree")
        assert not re.search(r"\b(Wait|Message|Enter|Leave|Goal|End)\b", words), words
    page.click("#e-submit button")
    page.wait_for_selector("#review")
    assert not complaints
