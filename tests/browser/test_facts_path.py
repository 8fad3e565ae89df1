"""An engineer's path through the facts: put right, map, count, join; numbers on the
pages are those of the database.
"""

import json
import re

import pytest

from profiles import history
from profiles.intake.sources import source_webhooks
from profiles.intake.tracking import take
from tests.browser.test_marketers_path import drawn, go, number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ORDER = {
    "type": "track",
    "event": "Order Completed",
    "userId": "ida",
    "timestamp": "2024-01-01T10:00:00Z",
}
PAYLOAD = {
    "kind": "Order Completed",
    "buyer": {"no": 7},
    "when": "2024-03-01T12:00:00Z",
    "art": "soup",
    "cur": "pounds",
}


@pytest.fixture
def facts(shop, sinks, settings) -> None:
    """Bad orders, a source without a mapping, a visitor who turned out to be Ida, and a
    history of it all.
    """
    products = {
        "order_id": "o",
        "currency": "XXQ",
        "products": [{"product_id": "soup", "quantity": 1, "price": 4.5}],
    }
    take(
        [ORDER | {"messageId": f"bad{n}", "properties": products} for n in range(5)],
        source="web shop",
    )
    take(
        [
            {
                "type": "track",
                "event": "Product Viewed",
                "anonymousId": "v1",
                "messageId": "v",
            }
        ],
        source="web shop",
    )
    take(
        [{"type": "alias", "userId": "ida", "previousId": "v1", "messageId": "a"}],
        source="web shop",
    )
    source_webhooks.make("till", "mapped")
    settings.HISTORY_DIR = sinks.parent / "history"
    history.refresh()


def test_the_path_of_the_facts(signed_in, address, sql, facts, complaints):
    page = signed_in
    put_right(page, sql)
    look_at_the_quality(page, sql)
    map_a_source(page, sql)
    make_a_key(page, sql)
    look_at_cohorts_and_grid(page, sql)
    take_apart(page, sql)
    fit_the_window(page, address)
    assert complaints == []


def put_right(page, sql) -> None:
    go(page, "Data", "Quarantine")
    waiting = "SELECT count(*) FROM profiles_quarantinedrow WHERE resolved_at IS NULL"
    assert number(page, "#n-results") == sql(waiting)
    page.locator("#result_list tr", has_text="unknown currency").locator(
        "a[href*='/change/']"
    ).first.click()
    bad = page.locator("input.r-is-bad")
    bad.fill("pounds")
    page.click("button:has-text('Put right and take in')")
    assert "still wrong" in page.locator("#refused").inner_text()
    assert bad.input_value() == "pounds"
    bad.fill("GBP")
    page.click("button:has-text('Put right and take in')")
    page.wait_for_load_state()
    assert sql("SELECT count(*) FROM profiles_event WHERE currency = 'GBP'") == 1
    page.click("a:has-text('Put right together')")
    page.locator("#trial b").wait_for()
    page.locator("tr", has_text="XXQ").locator(
        "input[name=becomes]"
    ).press_sequentially("usd")
    page.locator("#trial", has_text="4 of 4 would be taken in").wait_for()
    page.click("button:has-text('Take in')")
    assert number(page, "#n-taken-in") == 4
    assert sql(waiting + " AND source = 'web shop'") == 0


def look_at_the_quality(page, sql) -> None:
    go(page, "Data", "Data quality")
    stored = sql(
        "SELECT count(*) FROM profiles_event WHERE received_at > now() - interval '27"
        " days'"
    )
    assert number(page, "#n-stored") == stored
    assert number(page, "#n-quarantined") == sql(
        "SELECT count(*) FROM profiles_quarantinedrow WHERE outcome = ''"
    )
    card = page.locator("[data-source='web shop']")
    ours = sql("SELECT count(*) FROM profiles_event WHERE source = 'web shop'")
    assert str(ours) in card.locator(".r-figure", has_text="Stored").inner_text()


def map_a_source(page, sql) -> None:
    go(page, "Connect", "Sources")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.fill("textarea[name=sample]", json.dumps(PAYLOAD))
    trial = page.locator("#trial")
    trial.locator("text=missing").wait_for()
    for name, path in (
        ("type", "kind"),
        ("customer_id", "buyer.no"),
        ("at", "when"),
        ("item_id", "art"),
        ("currency", "cur"),
    ):
        page.locator(f"tr:has(input[name=field][value={name}]) input[name=path]").fill(
            path
        )
    trial.locator("text=unknown currency").wait_for()
    assert (
        "unknown currency"
        in page.locator("tr:has(input[name=field][value=currency])").inner_text()
    )
    page.locator("tr:has(input[name=field][value=currency]) input[name=path]").fill(
        "'EUR'"
    )
    trial.locator("text=it would be taken in").wait_for()
    assert re.search(r"item_id\s+soup", trial.inner_text())
    page.click("button:has-text('Save the mapping')")
    page.wait_for_load_state()
    assert (
        sql(
            "SELECT count(*) FROM profiles_inboundsource WHERE mapping ->>"
            " 'customer_id' = 'buyer.no'"
        )
        == 1
    )
    page.locator("#trial", has_text="it would be taken in").wait_for()
    page.click("button:has-text('New secret')")
    page.click("dialog.r-asks [data-yes]")
    secret = page.locator("#secret").inner_text()
    page.click("a:has-text('I have it')")
    assert secret.startswith("whsec_")
    assert secret not in page.content()


def make_a_key(page, sql) -> None:
    go(page, "Connect", "API keys")
    page.click("a:has-text('New key')")
    page.fill("#name", "browser")
    page.click("button:has-text('Make the key')")
    assert page.locator("#secret").inner_text().startswith("rapport_write_")
    assert (
        sql(
            "SELECT count(*) FROM profiles_apikey WHERE name = 'browser' AND revoked_at"
            " IS NULL"
        )
        == 1
    )


def look_at_cohorts_and_grid(page, sql) -> None:
    go(page, "Map", "Retention")
    page.locator("#cohorts table.r-table").wait_for()
    began = sum(
        int(cell.replace(",", ""))
        for cell in page.locator(".n-cohort").all_inner_texts()
    )
    newest = "SELECT date_trunc('month', now()) - interval '12 months'"
    bought = (
        "SELECT count(*) FROM (SELECT min(happened_at) AS first FROM profiles_event e"
        " JOIN profiles_customer c         ON c.id = e.customer_id WHERE type ="
        " 'purchase' AND happened_at < now()         GROUP BY coalesce(merged_into_id,"
        f" customer_id)) AS firsts WHERE first >= ({newest})"
    )
    assert began == sql(bought)
    assert drawn(page, page.locator("#cohorts canvas"))
    page.click("text=in that week or later")
    page.locator("#cohorts table.r-table").wait_for()
    go(page, "Map", "RFM")
    page.locator("#rfm").wait_for()


def take_apart(page, sql) -> None:
    go(page, "Data", "Joined customers")
    assert number(page, "#n-results") == sql("SELECT count(*) FROM profiles_merge")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.click("button:has-text('Take apart')")
    page.click("dialog.r-asks [data-yes]")
    page.locator(".r-pill", has_text="taken apart").first.wait_for()
    assert sql("SELECT count(*) FROM profiles_merge WHERE undone_at IS NOT NULL") == 1
    assert (
        sql("SELECT count(*) FROM profiles_customer WHERE merged_into_id IS NOT NULL")
        == 0
    )


def fit_the_window(page, address) -> None:
    """No page of these is wider than the window, on a desk, a tablet and a phone."""
    for width in (1400, 800, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (
            "profiles/quarantinedrow/",
            "quality/",
            "sources/new/",
            "keys/new/",
            "cohorts/",
            "profiles/merge/",
        ):
            page.goto(f"{address}/admin/{path}")
            wider = (
                "document.documentElement.scrollWidth -"
                " document.documentElement.clientWidth"
            )
            assert page.evaluate(wider) <= 0, (path, width)
