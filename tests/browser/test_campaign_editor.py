"""Campaigns are written by clicking: win-back from nothing, a coupon test, two people at
once.
"""

import pytest

from campaigns.models import Campaign, CampaignVersion, Draft, Run
from tests.factories import PASSWORD, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_CLICKS = 12  # and fields, from "New campaign" to review


class Hands:
    """A marketer at the page, who counts her clicks."""

    def __init__(self, page) -> None:
        self.page, self.n_clicks = page, 0

    def click(self, selector: str, text: str = "") -> None:
        found = self.page.locator(selector, has_text=text or None).first
        found.click()
        self.n_clicks += 1

    def choose(self, name: str, value: str) -> None:
        """Set a mark of a field."""
        self.click(f"label:has([name='{name}'][value='{value}'])")
        self.settle()

    def select(self, name: str, value: str) -> None:
        self.page.locator(f"select[name='{name}']").select_option(value)
        self.n_clicks += 2
        self.settle()

    def write(self, name: str, text: str) -> None:
        self.page.fill(f"[name='{name}']", text)
        self.n_clicks += 1
        self.settle()

    def settle(self) -> None:
        """Wait until the change is saved and the rail has followed."""
        self.page.wait_for_selector("#rail:not(.e-stale) .e-rail-body")


@pytest.fixture
def hands(signed_in, address) -> Hands:
    signed_in.goto(f"{address}/admin/campaigns/campaign/add/")
    return Hands(signed_in)


def sign_in(browser, address: str, name: str):
    person = make_marketer(name)
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(f"{address}/admin/")
    page.fill("#id_username", person.get_username())
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.wait_for_selector("#next")
    return page


def begin(hands: Hands, name: str) -> None:
    hands.page.fill("#name", name)
    hands.click("button[value=blank]")
    hands.page.wait_for_selector("#editor")
    hands.page.wait_for_selector(".e-rail-body")


def write_win_back(hands: Hands, name: str) -> None:
    begin(hands, name)
    hands.write("goal.words", "Regulars come back")
    hands.choose("segment.in", "regulars")
    hands.choose("offer.kind", "fixed")
    hands.write("messages.email.subject", "We miss you")
    hands.select("messages.email.from", "file:win_back")
    hands.write("holdout", "20")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_win_back_is_written_from_nothing_and_approved_by_another(
    hands, browser, address, complaints, language
):
    page = hands.page
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": address}]
    )
    page.reload()
    write_win_back(hands, "Win back in spring")
    title = page.locator("#h-audience").inner_text()
    assert title == {"en": "Audience", "zh-hans": "受众"}[language]
    assert page.locator("#rail-n").inner_text().isdecimal()
    assert page.locator("#rail .e-problem.r-bad").all_inner_texts() == []
    hands.click("#e-submit button")
    page.wait_for_url("**/change/")
    version = CampaignVersion.objects.get(campaign__name="Win back in spring")
    assert version.state == CampaignVersion.State.IN_REVIEW
    assert version.content["segment"]["name"] == "regulars"
    assert version.content["holdout"] == 0.2
    assert hands.n_clicks <= MOST_CLICKS
    other = sign_in(browser, address, "second")
    other.goto(page.url)
    other.locator("button:has-text('Approve version 1')").click()
    other.click("dialog.r-asks [data-yes]")
    other.wait_for_selector(".r-stepper .r-step-now:has-text('Approved')")
    assert complaints == []


def test_a_test_of_three_coupons_is_written_by_clicking(hands):
    write_win_back(hands, "Which coupon?")
    hands.choose("offer.kind", "values")
    hands.write("offer.values", "5, 10, 15")
    hands.page.wait_for_timeout(300)
    hands.settle()
    hands.click("#e-submit button")
    hands.page.wait_for_url("**/change/")
    arms = CampaignVersion.objects.get(campaign__name="Which coupon?").content["arms"]
    assert [(one["value"]["amount"], one["weight"]) for one in arms] == [
        ("5.00", 1.0),
        ("10.00", 1.0),
        ("15.00", 1.0),
    ]
    assert hands.n_clicks <= MOST_CLICKS


def test_of_two_people_at_one_draft_the_later_is_told_and_nothing_is_lost(
    hands, browser, address
):
    begin(hands, "Both of us")
    other = Hands(sign_in(browser, address, "second"))
    other.page.goto(hands.page.url)
    other.page.wait_for_selector(".e-rail-body")
    hands.write("holdout", "30")
    other.write("goal.words", "Written by the other")
    draft = Draft.objects.get(campaign__name="Both of us")
    assert (draft.content["holdout"], draft.content["goal"]) == (
        0.3,
        "Written by the other",
    )
    assert other.page.locator("[name=holdout]").input_value() == "30"
    hands.page.fill("[name='goal.words']", "Written by the first")
    hands.page.wait_for_selector("#draft-conflict:not([hidden])")
    assert "second" in hands.page.locator("#draft-conflict strong").inner_text()
    hands.page.click("#draft-conflict [data-mine]")
    hands.settle()
    draft.refresh_from_db()
    assert draft.content["goal"] == "Written by the first"
    words = {save.content.get("goal") for save in draft.saves.all()}
    assert {"Written by the other", "Written by the first"} <= words


def test_yaml_and_form_are_one_document(hands):
    begin(hands, "Two views")
    page = hands.page
    text = page.locator("#e-yaml").input_value()
    page.fill(
        "#e-yaml", text + "holdout: 0.4\nlimits: {per_week: 2}\nlayer: {name: x}\n"
    )
    page.click("#e-take")
    page.wait_for_selector("[name=holdout][value='40']")
    hands.write("holdout", "50")
    said = page.locator("#e-yaml").input_value()
    assert "holdout: 0.5" in said
    assert "layer:\n  name: x" in said, "what the form can't draw is kept"
    page.fill("#e-yaml", "holdout: [")
    page.click("#e-take")
    page.wait_for_selector("#e-yaml-problem:has-text('not YAML')")
    assert Draft.objects.get(campaign__name="Two views").content["holdout"] == 0.5


def test_undo_and_versions_bring_back_what_was(hands):
    begin(hands, "Back and forth")
    hands.write("holdout", "30")
    hands.write("holdout", "40")
    hands.page.reload()
    hands.page.wait_for_selector(".e-rail-body")
    for verb, share in (("undo", "30"), ("undo", "10"), ("redo", "30")):
        hands.click(f"#draft-{verb}")
        hands.settle()
        assert hands.page.locator("[name=holdout]").input_value() == share, verb
    assert Campaign.objects.filter(name="Back and forth").exists()
    assert not Run.objects.filter(campaign__name="Back and forth").exists()
