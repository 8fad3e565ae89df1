"""What every inbound source keeps, whoever sends."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.intake.attribute_names import Reading
from profiles.intake.sources.contract import Shop, Source
from profiles.intake.sources.preview import preview
from profiles.intake.values import Refused
from retention_site.lib import registry
from retention_site.lib.clock import now
from retention_site.lib.security import encrypted_fields

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
PAYLOADS = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "email",
            "customer",
            "line_items",
            "billing",
            "created_at",
            "variants",
            "refunds",
            "x",
        ]
    ),
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
        ),
    ),
    max_size=6,
)
MAPPING = {
    "type": "x",
    "customer_id": "id",
    "email": "email",
    "lines": "line_items",
    "lines.item_id": "id",
}


@pytest.fixture(params=registry.keys("sources"))
def source(request) -> Source:
    return registry.load("sources", request.param)()


def test_it_has_a_name_and_says_how_it_is_set_up(source):
    assert source.title
    assert source.setup
    assert all(name == name.lower() for name in source.reads_headers)
    assert not source.topics() or source.reads_headers, "a topic must be said somewhere"


def test_what_nobody_signed_is_not_signed(source):
    secret = encrypted_fields.new_secret()
    for headers in (
        {},
        dict.fromkeys(source.reads_headers, "x"),
        {"webhook-signature": "v1,x", "webhook-id": "1"},
    ):
        assert not source.is_signed(secret, b"{}", headers)


@pytest.mark.parametrize("key", registry.keys("sources"))
@given(payload=PAYLOADS)
def test_a_strange_payload_is_read_left_or_refused_but_breaks_nothing(key, payload):
    source: Source = registry.load("sources", key)()
    shop, reading = Shop("EUR", MAPPING), Reading(now(), ZoneInfo("UTC"), "DE")
    for topic in source.topics() or ("w1",):
        headers = dict.fromkeys(source.reads_headers, topic)
        try:
            meant = source.meaning(payload, headers, shop)
        except Refused:
            continue
        found = preview(source, payload, headers, shop, reading)
        assert (
            found.things
            or found.errors
            or meant.ignored
            or not (meant.messages or meant.items)
        )
