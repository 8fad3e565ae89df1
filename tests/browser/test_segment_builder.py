"""A marketer builds "bought twice in 90 days from a category, and not in the last 30" by
clicking only, in both languages; and moves, undoes and reads it without a mouse.
"""

from datetime import timedelta

import pytest

from profiles.models import Segment
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.django_db(transaction=True),
]
SENTENCES = {
    "en": "Bought at least 2 times (category Dairy) in the last 90 days and (not:"
    " bought at least 1 time in the last 30 days)",
    "zh-hans": "购买过 至少 2 次 (类别 Dairy)（最近 90 天内） 且 (不满足：购买过 至少 1 次（最近 30 天内）)",
}
MOST_CLICKS = 20


@pytest.fixture
def lapsed(shop):
    """Two who bought milk twice, but not lately."""
    people = [make.make_customer() for _n in range(2)]
    milk = next(item for item in shop.items if item.category == "Dairy > Milk")
    for person in people:
        for days in (40, 50):
            at = now() - timedelta(days=days)
            make.make_event(
                person, at=at, order_id=f"{person.pk}-{days}", item_id=milk.external_id
            )
    return people


class Hand:
    """Clicks and counts them. Numbers are typed, everything else is clicked."""

    def __init__(self, page) -> None:
        self.page, self.n = page, 0

    def click(self, where) -> None:
        place = self.page.locator(where) if isinstance(where, str) else where
        place.first.click()
        self.n += 1

    def choose(self, where, value: str) -> None:
        """A list that opens: one click for it, one for the line."""
        place = self.page.locator(where) if isinstance(where, str) else where
        place.first.select_option(value)
        self.n += 2

    def number(self, where: str, n: int) -> None:
        self.page.locator(where).first.fill(str(n))
        self.n += 1


def count(page) -> str:
    page.wait_for_function("() => !document.querySelector('#size[aria-busy]')")
    return page.inner_text("#n-members")


def wait_for_sentence(page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('#sentence').textContent === words", arg=words
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_segment_is_built_by_clicking(
    lapsed, signed_in, address, complaints, language
) -> None:
    page = signed_in
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": address}]
    )
    page.goto(f"{address}/admin/profiles/segment/")
    hand = Hand(page)
    hand.click("a[href$='/segment/add/']:visible")
    page.wait_for_selector("[data-builder]")
    hand.click("[data-path=''] > .s-add [data-adds]")
    hand.click("[data-path=''] > .s-add [data-add*='event_count']")
    row = page.locator("[data-path='0']")
    row.wait_for()
    hand.number("[data-path='0'] [data-field=at_least] input", 2)
    hand.choose(row.locator("> [data-fields] > [data-more]"), "item")
    hand.choose(row.locator("[data-field=item] [data-more]"), "category")
    hand.click(row.locator("[role=option][data-value=Dairy]"))
    hand.click("[data-path=''] > .s-add > [data-add]")
    page.wait_for_selector("[data-path='1'] [data-word]")
    hand.choose("[data-path='1'] [data-word]", "none")
    hand.click("[data-path='1'] [data-adds]")
    hand.click("[data-path='1'] [data-add*='event_count']")
    page.wait_for_selector("[data-path='1.0']")
    hand.number("[data-path='1.0'] [data-field=within_days] input", 30)
    wait_for_sentence(page, SENTENCES[language])
    assert count(page) == str(len(lapsed))
    page.wait_for_function(
        "n => document.querySelectorAll('.s-people > li').length === n", arg=len(lapsed)
    )
    page.wait_for_load_state("networkidle")
    page.locator(".s-people button").first.click()
    page.wait_for_selector(".s-why .r-why")
    hand.click("[data-save]")
    page.wait_for_selector("#versions")
    made = Segment.objects.exclude(name="regulars").get()
    item = {"category": "Dairy"}
    twice = {"is": "event_count", "type": "purchase", "at_least": 2, "within_days": 90}
    lately = {"is": "event_count", "type": "purchase", "at_least": 1, "within_days": 30}
    assert made.rule == {"all": [{**twice, "item": item}, {"none": [lately]}]}
    assert hand.n <= MOST_CLICKS
    page.goto(f"{address}/admin/profiles/segment/")
    assert SENTENCES[language] in page.inner_text("#result_list")
    assert complaints == []


def test_it_works_without_a_mouse(shop, signed_in, address, complaints) -> None:
    page = signed_in
    page.goto(f"{address}/admin/profiles/segment/add/")
    page.wait_for_selector("[data-builder]")
    page.focus("[data-said]")
    page.keyboard.type("bought twice and searched in the last 60 days and flew away")
    page.keyboard.press("Enter")
    both = "Bought at least 2 times and searched at least 1 time in the last 60 days"
    wait_for_sentence(page, both)
    assert "flew away" in page.inner_text("#unread")
    page.focus("[data-path='1'] [data-kind]")
    page.keyboard.press("Alt+ArrowUp")
    swapped = "Searched at least 1 time in the last 60 days and bought at least 2 times"
    wait_for_sentence(page, swapped)
    assert (
        page.evaluate("document.activeElement.closest('[data-path]').dataset.path")
        == "0"
    )
    page.keyboard.press("Control+z")
    wait_for_sentence(page, both)
    page.focus("[data-path='1'] [data-field=type] [data-typed]")
    page.keyboard.press("Backspace")
    page.wait_for_selector("[data-path='1'] [data-field=type].s-bad")
    page.keyboard.type("purch")
    page.wait_for_selector("[data-path='1'] [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    after = "Bought at least 2 times and bought at least 1 time in the last 60 days"
    wait_for_sentence(page, after)
    page.reload()  # leaving loses nothing
    assert page.inner_text("#sentence") == after
    assert complaints == []


def test_what_is_dragged_and_what_is_written_as_yaml(
    shop, signed_in, address, complaints
) -> None:
    page = signed_in
    page.goto(f"{address}/admin/profiles/segment/add/")
    page.click("#tab-yaml")
    page.fill(
        "#yaml",
        "title: Odd\nrule:\n  all:\n  - {is: event_count, type: view}\n"
        "  - any: []\n  - {is: of a plug-in, x: [{}]}\n",
    )
    page.wait_for_selector("[data-written]", state="attached")
    page.click("#tab-rows")
    assert "of a plug-in" in page.inner_text("[data-written]")
    page.locator("[data-path='0'] [data-handle]").drag_to(
        page.locator("[data-path='1'] > .s-rows")
    )
    page.wait_for_selector("[data-path='0'] [data-condition][data-path='0.0']")
    page.click("#tab-yaml")
    page.wait_for_function(
        "() => document.querySelector('#yaml').value.includes('any:')"
    )
    written = page.input_value("#yaml")
    assert "is: of a plug-in\n    x:\n    - {}" in written
    assert written.index("- any:") < written.index("type: view")
    assert complaints == []
