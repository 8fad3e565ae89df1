"""A marketer reads what reviews say, opens the words, and reads it in Chinese on a phone."""

from datetime import timedelta

import pytest

from profiles.models import Customer, Event
from profiles.reviews.read_events import read_new
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LATE = "The delivery was late again, number {n}. Otherwise great quality."
FAST = "Fast delivery, but it runs small. Number {n} of mine."


def test_reviews_are_read_in_customers_words(address, signed_in, complaints):
    customer = Customer.objects.order_by("pk").first() or make.make_customer()
    item = make.make_item(external_id="kettle", category="Kitchen > Kettles")
    for days, text in ((100, FAST), (5, LATE)):
        for n in range(30):
            at = now() - timedelta(days=days, minutes=n)
            words = text.format(n=n)
            make.make_event(customer, "review", at, text=words, item_id="kettle")
    assert read_new()["read"] == 60 == Event.objects.filter(type="review").count()

    page = signed_in
    page.goto(f"{address}/admin/reviews/")
    assert "30 reviews" in page.locator(".r-head h2").inner_text()
    assert page.get_by_text("0.0% complained before, 100.0% now.").count() == 1
    page.locator('[data-aspect="delivery"] summary').click()
    assert page.locator("mark", has_text="delivery was late").first.is_visible()
    page.select_option("#category", "Kitchen")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name=item.title).click()
    assert page.locator("#reviews [data-aspect=delivery]").count() == 1

    page.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "url": address}]
    )
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/admin/reviews/")
    assert page.get_by_text("顾客原话").count() > 0
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert complaints == []
