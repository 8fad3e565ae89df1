"""Points and tiers in messages: exact as of writing, and no query where none asks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.content.parse import read
from campaigns.content.points_terms import read_terms
from campaigns.lifecycle.sample_customers import contexts
from campaigns.offers.points import programme
from campaigns.offers.points.ledger import Award, award, burn
from campaigns.planning.points_facts import with_points
from campaigns.rendering.compose import preview
from campaigns.rendering.template_cache import VersionWords
from retention_site.lib.clock import now
from tests.factories import make_customer

pytestmark = pytest.mark.django_db
TEXT = (
    "{{ points.balance }} points{% if points.expiring > 0 %}, {{ points.expiring }} till"
    " {{ points.expire_on }}{% endif %}{% if tier %}, {{ tier }}{% endif %}"
)


def content_of(text):
    raw = {
        "name": "x",
        "trigger": {"kind": "api", "sample": {}},
        "channels": ["sms"],
        "messages": {"sms": {"text": text}},
    }
    return read(raw, currency="EUR")


def test_a_message_says_what_its_reader_has_and_a_stranger_nothing():
    at = now() - timedelta(days=40)
    tiers = {"steps": [{"name": "Gold", "from": 100}]}
    programme.save(read_terms({"tiers": tiers}), at=at)
    ann = make_customer(external_id="ann", language="en")
    twin = make_customer(external_id="twin", merged_into=ann)
    award(Award(ann, 100, "a", at + timedelta(days=60)), at=at)
    award(Award(twin, 30, "b"), at=at)
    award(Award(ann, 500, "c", opens_at=now() + timedelta(days=9)), at=at)
    burn(ann, 25, key="d", at=now())
    content = content_of(TEXT)
    said = []
    for sample in contexts(content, content.arms[0], [ann.pk]):
        words = VersionWords({"messages": content.messages}).of("", "sms")
        said.append(preview(words, sample.context).text)
    assert said[0].startswith("105 points, 75 till ")
    assert said[0].endswith(", Gold")
    assert said[1] == "0 points"


def test_words_that_ask_for_no_points_cost_no_query():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert with_points({1: object()}, content_of("Hello"), now())
    assert not queries.captured_queries
