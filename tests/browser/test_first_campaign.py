"""The ten minutes of a new user: a file of customers becomes a segment, the segment a
campaign, and another person approves it. By clicking only; fields count as clicks.
"""

import pytest

from campaigns.models import CampaignVersion
from profiles.models import Segment
from tests.factories import PASSWORD, make_marketer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.django_db(transaction=True),
]
MOST_CLICKS = 21
PEOPLE = "Customer No,E-mail,First name,Region\n" + "".join(
    f"n{n},new{n}@post.example,Ada,{'coast' if n < 6 else 'hills'}\n" for n in range(9)
)


@pytest.fixture
def worker(celery_workers, sinks):
    return celery_workers(DATA_DIR=str(sinks.parent))


class Hand:
    """Clicks, chooses and types, and counts each of them."""

    def __init__(self, page) -> None:
        self.page, self.n = page, 0

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.n += 1

    def choose(self, selector: str, value: str) -> None:
        self.page.locator(selector).first.select_option(value)
        self.n += 1

    def type(self, selector: str, words: str) -> None:
        self.page.locator(selector).first.fill(words)
        self.n += 1

    def wait(self, selector: str) -> None:
        self.page.wait_for_selector(selector)


def import_people(hand: Hand, path) -> None:
    hand.page.set_input_files("#file", str(path))
    hand.n += 1
    hand.click("form[data-upload] button[type=submit]")
    hand.wait("#columns")
    hand.click(".r-ways a:has-text('Customers')")
    hand.page.wait_for_load_state()
    assert hand.page.input_value("#to_customer_id") == "Customer No"
    hand.choose("#to_email", "E-mail")
    assert hand.page.input_value("#to_region") == "Region"
    hand.click("text=See what will happen")
    hand.wait("#foreseen")
    hand.click("text=Import 9 rows")
    hand.wait("#came")


def build_segment(hand: Hand) -> None:
    hand.click("a[href$='/profiles/segment/']:visible")
    hand.click("a[href$='/segment/add/']:visible")
    hand.wait("[data-builder]")
    hand.type("[data-title]", "Coast")
    hand.type("[data-said]", "region is coast")
    hand.click("[data-say-it]")
    hand.wait("[data-path='0']")
    hand.page.wait_for_function(
        "() => document.querySelector('#n-members')?.textContent === '6'"
    )
    hand.click("[data-save]")
    hand.wait("#use-it")


def write_campaign(hand: Hand) -> None:
    hand.click("#use-it")
    hand.wait("#name")
    hand.type("#name", "First mail")
    hand.click("button[value=blank]")
    hand.wait(".e-rail-body")
    hand.type("[name='goal.words']", "The coast shops")
    hand.type("[name='messages.email.subject']", "Hello from the shop")
    hand.choose("[name='messages.email.from']", "file:win_back")
    hand.page.wait_for_selector("#draft-state[data-look=saved]")
    hand.wait("#rail:not(.e-stale) .e-rail-body")
    assert hand.page.inner_text("#rail-n") == "6"
    hand.click("#e-submit button")
    hand.page.wait_for_url("**/change/")


def test_from_a_file_to_an_approved_campaign_by_clicking(
    signed_in, browser, address, worker, complaints, tmp_path
):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    hand = Hand(signed_in)
    hand.page.goto(f"{address}/admin/import/")
    import_people(hand, path)
    build_segment(hand)
    assert Segment.objects.get(name="coast").rule["all"][0]["key"] == "region"
    write_campaign(hand)
    other = Hand(_second(browser, address))
    other.page.goto(hand.page.url)
    other.click("button:has-text('Approve version 1')")
    other.click("dialog.r-asks [data-yes]")
    other.wait(".r-stepper .r-step-now:has-text('Approved')")
    version = CampaignVersion.objects.get(campaign__name="First mail")
    assert version.state == CampaignVersion.State.APPROVED
    assert version.content["segment"]["name"] == "coast"
    n = hand.n + other.n
    assert n <= MOST_CLICKS, n
    assert complaints == []


def _second(browser, address: str):
    """Another person, who approves."""
    person = make_marketer("second")
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(f"{address}/admin/")
    page.fill("#id_username", person.get_username())
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.wait_for_selector("#next")
    return page
