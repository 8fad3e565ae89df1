"""A marketer writes a mail by clicking only: a picture, a button, products, a test; and
what arrives is what she saw.
"""

import io
import json
import os
import time
from pathlib import Path

import pytest
from PIL import Image as Picture

from campaigns.delivery.sinks.log import mail
from campaigns.models import Image, SeedAddress, Template
from campaigns.rendering.design.drafts import current, save
from retention_site.lib.processes.programs import Program, manage
from tests.factories import make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS", "")
TO = "seed@shop.example"


def shot(page, name: str) -> None:
    """Keep a picture of the page where somebody asked for it."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def picture(tmp_path) -> Path:
    """A PNG that calls itself a JPEG."""
    path = tmp_path / "coat.jpg"
    made = io.BytesIO()
    Picture.new("RGB", (1600, 700), "#b45309").save(made, "PNG")
    path.write_bytes(made.getvalue())
    return path


@pytest.fixture
def sink(launch, sinks, address):
    """The SMTP sink beside the server, and the mails that it took."""
    launch(Program("sinks", manage("sinks")), {"DATA_DIR": str(sinks.parent)})
    SeedAddress.objects.create(channel="email", address=TO)
    log = sinks / "email.jsonl"

    def arrived():
        until = time.monotonic() + 20
        while time.monotonic() < until:
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            found = [line for line in lines if TO in line.get("to", ())]
            if found:
                return mail(found[-1])
            time.sleep(0.2)
        pytest.fail("no mail arrived")

    return arrived


class Clicks:
    """Counts what the marketer presses."""

    def __init__(self, page):
        self.page, self.n = page, 0

    def __call__(self, selector, **how):
        self.n += 1
        self.page.locator(selector, **how).first.click()


def saved(page) -> None:
    page.wait_for_selector("#draft-state[data-look=saved]")


def until(page, expression: str) -> None:
    """Wait without evaluating text in the page: its policy forbids that."""
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.1)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_mail_with_picture_button_and_products_is_written_and_tried_by_clicking(
    signed_in, address, sink, picture, complaints, language
):
    page = signed_in
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": address}]
    )
    page.goto(f"{address}/admin/campaigns/template/")
    click = Clicks(page)
    click(".r-head a[href$='/campaigns/template/add/']")
    page.fill("#name", "Autumn coats")
    shot(page, f"new-{language}")
    click(".ed-new .r-main")
    page.wait_for_selector("#ed-outline li")

    page.locator("#ed-lines [contenteditable]").first.fill("Coats for you")
    click("[data-add=image]")
    click("#ed-form button")
    page.set_input_files("#ed-file", str(picture))
    page.fill("#ed-alt", 'A "brown" <b>coat</b>')
    click("#ed-upload .r-main")
    page.wait_for_selector("#ed-image-dialog:not([open])", state="attached")
    click("[data-add=button]")
    click("[data-add=products]")
    saved(page)
    frame = page.frame_locator(".ed-frame:not([hidden])")
    seen = frame.locator("img[alt^='A \"brown\"']")
    seen.wait_for()
    until(
        page,
        "[...document.querySelectorAll('.ed-frame')].some((f) => !f.hidden &&"
        " [...f.contentDocument.images].some((i) => i.naturalWidth === 1200))",
    )
    shot(page, f"editor-{language}")
    click("#ed-test")
    click("#ed-test-send")
    page.wait_for_selector("#ed-test-said.ed-fine")
    assert click.n == 9

    letter = sink()
    html = letter.get_body(("html",)).get_content()
    assert letter["Subject"] in ("[Test] Coats for you", "[测试] Coats for you")
    image = Image.objects.get()
    assert (image.media_type, image.width) == ("image/png", 1200), "as it is"
    assert f"{address}/i/{image.digest}.png" in html
    seen = frame.locator("body").inner_text()
    beside = page.context.new_page()
    beside.set_content(html)
    assert beside.locator("body").inner_text() == seen, "what arrives was shown"
    alts = [one.get_attribute("alt") for one in beside.locator("img").all()]
    assert 'A "brown" <b>coat</b>' in alts
    assert beside.locator("b").count() == 0, "words of an alt text are no markup"
    kinds = [one["kind"] for one in current(Template.objects.get())["design"]["blocks"]]
    assert kinds.count("image") == kinds.count("products") == 1
    assert kinds[-1] == "footer"
    page.bring_to_front()
    page.keyboard.press("Escape")
    page.click("#ed-save")
    page.wait_for_selector("#ed-notice.r-good")
    assert Template.objects.get().versions.count() == 1
    assert [one for one in complaints if "Blocked script" not in one] == []


def test_blocks_are_moved_copied_deleted_and_brought_back_by_keyboard(
    signed_in, address, complaints
):
    page = signed_in
    page.goto(f"{address}/admin/campaigns/template/add/")
    page.fill("#name", "Keys")
    page.click(".ed-new .r-main")
    page.wait_for_selector("#ed-outline li")

    def order() -> list[str]:
        return page.locator("#ed-outline > li").evaluate_all(
            "(all) => all.map((one) => one.dataset.block)"
        )

    before = order()
    page.locator(".ed-item").first.focus()
    page.keyboard.press("Alt+ArrowDown")
    assert order() == [before[1], before[0], *before[2:]]
    page.keyboard.press("Control+d")
    assert len(order()) == len(before) + 1
    page.locator(".ed-item").first.focus()
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert order() == before
    saved(page)
    page.reload()
    page.wait_for_selector("#ed-outline li")
    assert order() == before
    assert complaints == []


def test_a_fact_is_put_into_a_text_with_its_default(signed_in, address):
    page = signed_in
    page.goto(f"{address}/admin/campaigns/template/add/")
    page.fill("#name", "Facts")
    page.click(".ed-new .r-main")
    page.wait_for_selector("#ed-outline li")
    page.locator(".ed-item").first.click()
    area = page.locator("#ed-form [contenteditable='true']").first
    area.fill("Dear ")
    page.locator("#ed-form .ed-facts").first.select_option("name")
    page.locator("#ed-form .ed-chip-form input").fill("neighbour")
    saved(page)
    page.check("#ed-stranger")
    frame = page.frame_locator(".ed-frame:not([hidden])")
    frame.locator("h1", has_text="Dear neighbour").wait_for()
    (block, *_rest) = current(Template.objects.get())["design"]["blocks"]
    runs = [(one["text"], one["fact"], one["otherwise"]) for one in block["text"]]
    assert runs == [("Dear ", "", ""), ("", "name", "neighbour")]


def test_somebody_elses_change_is_not_overwritten(signed_in, address):
    page = signed_in
    page.goto(f"{address}/admin/campaigns/template/add/")
    page.fill("#name", "Two")
    page.click(".ed-new .r-main")
    page.wait_for_selector("#ed-outline li")
    template, other = Template.objects.get(), make_marketer("other")
    theirs = {"design": {**current(template)["design"], "blocks": []}}
    save(template, theirs, other)
    page.click("[data-add=divider]")
    page.wait_for_selector("#draft-conflict:not([hidden])")
    assert "other" in page.locator("#draft-conflict strong").inner_text()
    kinds = [one["kind"] for one in current(Template.objects.get())["design"]["blocks"]]
    assert "divider" not in kinds
    page.click("#draft-conflict [data-mine]")
    saved(page)
    kinds = [one["kind"] for one in current(Template.objects.get())["design"]["blocks"]]
    assert "divider" in kinds
