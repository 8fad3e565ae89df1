"""A run is asked about in a dialog with its numbers; a repeated one wants the name typed."""

import pytest

from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.models import Message
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EAST = {"all": [{"is": "trait", "key": "region", "in": ["east"]}]}
WORDS = {"email": {"subject": "Hello", "text": "Hello", "html": "<p>Hello</p>"}}


@pytest.fixture
def campaign(shop):
    campaign = make.make_campaign("Come back")
    raw = {"name": campaign.name, "segment": EAST, "holdout": 0.2, "messages": WORDS}
    make.make_version(campaign, content=stored(read(raw)))
    return campaign


def open_dialog(page) -> None:
    page.locator("[data-dialog]").click()
    page.wait_for_selector("dialog.r-dialog[open] #run-ask")


def test_the_dialog_counts_asks_and_is_left_again(signed_in, sql, address, campaign):
    page = signed_in
    there = f"{address}/admin/campaigns/campaign/{campaign.pk}/change/"
    page.goto(there)
    open_dialog(page)
    n = sql("SELECT count(*) FROM profiles_customer WHERE region = 'east'")
    assert page.locator("#ask-n").inner_text() == str(n)
    assert page.locator("dialog.r-dialog .r-banner").count() == 0
    page.locator("dialog.r-dialog [data-closes]").click()
    page.locator("dialog.r-dialog").wait_for(state="detached")
    open_dialog(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.r-dialog", state="detached")
    runs = "SELECT count(*) FROM campaigns_run WHERE campaign_id = %s"
    assert sql(runs, campaign.pk) == 0
    open_dialog(page)
    page.locator("dialog.r-dialog button[type=submit]").click()
    page.wait_for_load_state()
    assert sql(runs, campaign.pk) == 1


def test_who_got_it_lately_is_written_to_again_only_on_purpose(
    signed_in, sql, address, campaign, shop
):
    run = make.make_run(campaign, state="finished", n_audience=9)
    for person in shop.customers[:9]:
        make.make_message(run, person, Message.State.SENT, sent_at=now())
    page = signed_in
    page.goto(f"{address}/admin/campaigns/campaign/{campaign.pk}/change/")
    open_dialog(page)
    warning = page.locator("dialog.r-dialog [data-kind=again]").inner_text()
    assert "9 of them got this campaign in the last 7 days" in warning
    page.locator("dialog.r-dialog button[type=submit]").click()
    assert page.locator("dialog.r-dialog[open]").count() == 1, "the field is empty"
    page.fill("#again", campaign.name)
    page.locator("dialog.r-dialog button[type=submit]").click()
    page.wait_for_load_state()
    runs = "SELECT count(*) FROM campaigns_run WHERE campaign_id = %s"
    assert sql(runs, campaign.pk) == 2
