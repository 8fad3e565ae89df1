"""What customers did last stands in the words that ask for it, and costs nothing where
none do.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.lifecycle.sample_customers import contexts
from campaigns.planning.recent_activity import asked_by, with_lately
from campaigns.rendering.compose import preview
from campaigns.rendering.template_cache import VersionWords
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = pytest.mark.django_db
LETTER = (
    '<mjml><mj-head><mj-include path="style.mjml" /></mj-head><mj-body><mj-include'
    ' path="order.mjml" /><mj-include path="last_viewed.mjml" /></mj-body></mjml>'
)
TEXT = (
    "{% render 'order.txt', order: order %}{% render 'last_viewed.txt', last_viewed:"
    " last_viewed %}"
)


def content_of(text: str = TEXT, mjml: str = LETTER):
    words = {"subject": "x", "mjml": mjml, "text": text}
    raw = {
        "name": "x",
        "trigger": {"kind": "api", "sample": {}},
        "messages": {"email": words},
    }
    return read(settle_words(raw), currency="EUR")


@pytest.fixture
def ada():
    ada = make.make_customer(first_name="Ada", language="de")
    for n in range(3):
        make.make_item(
            external_id=f"i{n}",
            title=f"Brot {n}",
            price=Decimal("3.50"),
            currency="EUR",
        )
    make.make_item(external_id="gone", title="Weg", available=False)
    early, late = now() - timedelta(days=3), now() - timedelta(days=1)
    make.make_event(
        ada, order_id="o1", item_id="i2", at=early, price=Decimal("9"), currency="EUR"
    )
    make.make_event(
        ada,
        order_id="o2",
        item_id="i0",
        at=late,
        quantity=2,
        price=Decimal("3.50"),
        currency="EUR",
    )
    make.make_event(
        ada, order_id="o2", item_id="i1", at=late, price=Decimal("1.25"), currency="EUR"
    )
    other = make.make_customer(merged_into=ada)
    for n, (who, item) in enumerate(
        [(ada, "i0"), (ada, "gone"), (other, "i1"), (ada, "i0")]
    ):
        make.make_event(who, "view", late + timedelta(hours=n), item_id=item)
    return ada


def said_to(customer, content) -> tuple[str, str]:
    sample, stranger = contexts(content, content.arms[0], [customer.pk])
    words = VersionWords(
        {"messages": content.messages, "partials": content.partials}
    ).of("", "email")
    assert preview(words, stranger.context).text == ""
    said = preview(words, sample.context)
    return said.text, said.html


def test_the_last_order_and_what_was_looked_at_stand_in_the_letter(ada):
    text, html = said_to(ada, content_of())
    assert "Your order o2" in text
    assert "2 x Brot 0, 3,50\xa0€ each" in text
    assert "In all: 8,25\xa0€" in text
    assert text.index("* Brot 0") < text.index("* Brot 1"), (
        "the newest first, joined accounts included"
    )
    assert "Weg" not in html
    assert "Brot 2" not in html
    assert "8,25" in html


def test_an_order_without_prices_has_no_sum(ada):
    make.make_event(ada, order_id="o3", item_id="unknown", price=None)
    text, html = said_to(ada, content_of())
    assert "1 x unknown" in text
    assert "In all" not in text + html


def test_nothing_is_looked_up_for_words_that_do_not_ask(ada):
    content = content_of(
        text="Thank you for your order",
        mjml=LETTER.replace("order.mjml", "header.mjml"),
    )
    assert asked_by(content) == {"last_viewed"}
    plain = content_of(text="x", mjml="<mjml><mj-body></mj-body></mjml>")
    with CaptureQueriesContext(connection) as seen:
        assert with_lately({}, plain, now()) == {}
    assert not seen.captured_queries


def test_many_customers_cost_as_many_queries_as_one(ada):
    content = content_of()
    few, many = [ada.pk], [ada.pk, *(make.make_customer().pk for _ in range(5))]
    with CaptureQueriesContext(connection) as first:
        contexts(content, content.arms[0], few)
    with CaptureQueriesContext(connection) as second:
        contexts(content, content.arms[0], many)
    assert len(second) == len(first)
