"""A marketer signs in and walks her path; a number on each page is that of the
database.
"""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# the sandbox did its work: a letter's script did not run
BLOCKED = "Blocked script execution"


def go(page, line: str, title: str = "") -> None:
    """Follow one line of the menu, then a tab or a card behind it."""
    page.locator("#nav-sidebar-apps a", has_text=line).first.click()
    page.wait_for_load_state()
    if title:
        page.locator(".r-tabs a, #doors a", has_text=title).first.click()
        page.wait_for_load_state()


def number(page, selector: str) -> int:
    """Read a whole number from the page."""
    return int(page.locator(selector).first.inner_text().replace(",", ""))


def open_first(page, text: str = "") -> None:
    """Open the first thing of a list."""
    rows = (
        page.locator("#result_list tbody tr.data-row", has_text=text)
        if text
        else page.locator("#result_list tr")
    )
    rows.locator("a[href*='/change/']").first.click()
    page.wait_for_load_state()


def test_the_marketers_path(signed_in, sql, shop, sinks, complaints):
    page = signed_in
    n_customers = sql(
        "SELECT count(*) FROM profiles_customer WHERE merged_into_id IS NULL AND"
        " erased_at IS NULL"
    )
    go(page, "Customers")
    assert number(page, "#n-results") == n_customers
    look_at_a_customer(page, sql, shop)
    look_at_a_segment(page, sql)
    look_at_the_campaign(page, sql, shop)
    look_at_messages(page, sql)
    look_at_coupons(page, sql)
    look_at_results(page, sql)
    look_at_items_and_models(page, sql)
    look_behind_the_scenes(page, sql)
    look_into_the_inbox(page)
    assert [words for words in complaints if not words.startswith(BLOCKED)] == []


def look_at_a_customer(page, sql, shop) -> None:
    person = shop.customers[0]
    page.fill("input[name=q]", person.external_id)
    page.keyboard.press("Enter")
    page.wait_for_selector("#result_list tbody tr")
    open_first(page, person.external_id)
    orders = (
        "SELECT count(DISTINCT order_id) FROM profiles_event WHERE customer_id = %s AND"
        " type = 'purchase'"
    )
    assert page.locator("#timeline .r-dot.r-good").count() == sql(orders, person.pk)
    assert page.locator("#portrait dl > div").count() == len(person.portrait.traits)
    assert page.locator(".r-pill.r-simulated").first.is_visible()


def look_at_a_segment(page, sql) -> None:
    go(page, "Segments")
    assert number(page, "#n-results") == sql("SELECT count(*) FROM profiles_segment")
    open_first(page)
    fitting = (
        "SELECT count(*) FROM (SELECT customer_id FROM profiles_event WHERE type ="
        " 'purchase' AND happened_at > now() - interval '90 days' GROUP BY 1 HAVING"
        " count(*) >= 2) fitting"
    )
    page.wait_for_selector(".s-people li")
    assert number(page, "#n-members") == sql(fitting)
    assert page.locator(".s-people li").count() == min(10, sql(fitting))


def look_at_the_campaign(page, sql, shop) -> None:
    go(page, "All campaigns")
    open_first(page, "Win back")
    of_run = "SELECT count(*) FROM campaigns_message WHERE run_id = %s"
    held = sql(of_run + " AND state = 'held'", shop.run.pk)
    assert number(page, "#n-audience") == sql(of_run, shop.run.pk)
    assert number(page, "#n-held") == held
    decided = [
        int(cell.replace(",", ""))
        for cell in page.locator("#decisions tbody td:nth-child(3)").all_inner_texts()
    ]
    assert sum(decided) == number(page, "#n-audience")
    page.locator("[data-tab-link=result]").click()
    assert all(drawn(page, canvas) for canvas in page.locator("canvas").all())
    page.locator("[data-tab-link=progress]").click()
    page.locator(".r-legend a", has_text="held").first.click()
    page.wait_for_load_state()
    assert number(page, "#n-results") == held


def look_at_messages(page, sql) -> None:
    go(page, "Sent")
    assert number(page, "#n-results") == sql("SELECT count(*) FROM campaigns_message")
    open_first(page, "delivered")
    pk = int(page.url.split("/message/")[1].split("/")[0])
    tries = "SELECT count(*) FROM campaigns_attempt WHERE message_id = %s"
    assert page.locator("#attempts tbody tr").count() == sql(tries, pk)
    assert "Hello" in page.frame_locator("iframe.r-frame").locator("body").inner_text()


def look_at_coupons(page, sql) -> None:
    go(page, "Library", "Coupons")
    open_first(page)
    assert (
        str(sql("SELECT count(*) FROM campaigns_coupon"))
        in page.locator(".r-tile").first.inner_text()
    )


def look_at_results(page, sql) -> None:
    go(page, "Results", "Campaigns")
    assert number(page, "#n-results") == sql(
        "SELECT count(*) FROM campaigns_effectreport"
    )
    open_first(page, "simulated")
    assert "+0.35 … +0.85" in page.locator("table.r-table").first.text_content()
    assert all(drawn(page, canvas) for canvas in page.locator("canvas").all())


def look_at_items_and_models(page, sql) -> None:
    go(page, "Library", "Items")
    assert number(page, "#n-results") == sql("SELECT count(*) FROM profiles_item")
    go(page, "System", "Models")
    open_first(page)
    thousandths = (
        "SELECT 1000 * (card->'metrics'->'ndcg@10'->>'value')::numeric FROM"
        " recommender_modelversion"
    )
    assert (
        page.locator("#metrics .r-best")
        .first.inner_text()
        .startswith(f"0.{sql(thousandths)}")
    )


def look_behind_the_scenes(page, sql) -> None:
    go(page, "System", "Jobs")
    assert number(page, "#n-results") == sql("SELECT count(*) FROM profiles_job")
    open_first(page, "running")
    parts = (
        "SELECT count(*) FROM profiles_jobchunk c JOIN profiles_job j ON j.id ="
        " c.job_id WHERE j.state = 'running'"
    )
    assert page.locator("#parts tbody tr").count() == sql(parts)
    page.click("button:has-text('Cancel')")
    page.click("dialog.r-asks [data-yes]")
    page.wait_for_selector("#job .r-pill:has-text('cancelled')")
    assert sql("SELECT count(*) FROM profiles_job WHERE state = 'cancelled'") == 1
    go(page, "Data", "Quarantine")
    assert number(page, "#n-results") == sql(
        "SELECT count(*) FROM profiles_quarantinedrow"
    )
    go(page, "System", "Health")
    assert page.locator("#health .r-good").count() == 2  # the database and Redis


def look_into_the_inbox(page) -> None:
    go(page, "Sent", "Inbox")
    assert number(page, "#n-email") == 5
    title = page.title()
    letter = page.frame_locator(".i-open iframe").locator("body")
    assert "CODE4" in letter.inner_text()
    page.locator(".i-list a").nth(2).click()
    page.wait_for_load_state()
    assert "CODE2" in letter.inner_text()
    assert page.title() == title  # the letter's script did not run
    page.locator(".r-tabs a", has_text="Phone").click()
    page.wait_for_selector(".i-note")
    assert number(page, "#n-push") == 5


def drawn(page, canvas) -> bool:
    """Say whether something was painted on a chart."""
    canvas.scroll_into_view_if_needed()
    pixels = (
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value"
        " => value)"
    )
    return bool(canvas.evaluate(pixels))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_the_window_and_can_be_read(signed_in, address, shop, scheme):
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (
            "",
            f"campaigns/campaign/{shop.campaign.pk}/change/",
            "inbox/",
            "health/",
        ):
            page.goto(f"{address}/admin/{path}")
            wider = (
                "document.documentElement.scrollWidth -"
                " document.documentElement.clientWidth"
            )
            assert page.evaluate(wider) <= 0, (path, width)
    assert contrast(page, ".r-card h2") >= 4.5
    assert contrast(page, ".r-note") >= 3


def contrast(page, selector: str) -> float:
    """The ratio of the luminances of a text and of what lies under it (WCAG 2.2)."""
    return page.locator(selector).first.evaluate("""element => {
        const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const luminance = (colours) => {
            colours.forEach((colour) => { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); });
            const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
                .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const under = [];
        for (let node = element; node; node = node.parentElement) under.unshift(getComputedStyle(node).backgroundColor);
        const [ground, ink] = [luminance(["#fff", ...under]), luminance([getComputedStyle(element).color])];
        return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
    }""")


def test_the_admin_speaks_chinese(signed_in, address):
    page = signed_in
    page.locator(".r-account > summary").click()
    page.locator("form[action='/i18n/setlang/'] button", has_text="简体中文").click()
    page.wait_for_selector("#next")
    page.locator("#nav-sidebar-apps a", has_text="客户").first.wait_for()
    assert "Customers" not in page.locator("#nav-sidebar-apps").inner_text()
