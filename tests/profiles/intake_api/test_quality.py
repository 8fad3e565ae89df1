"""How good the facts of each source are."""

from datetime import timedelta

import pytest

from profiles.intake.quality import quality
from profiles.intake.tracking import take
from retention_site.lib.clock import real_now

pytestmark = pytest.mark.django_db


def view(n: int, **message):
    properties = message.pop("properties", {"product_id": "p1"})
    return {
        "type": "track",
        "event": "view",
        "userId": "anna",
        "messageId": f"m{n}",
        "properties": properties,
    } | message


def test_received_is_stored_and_duplicates_and_quarantined():
    take([view(1), view(2), view(3, properties={}), view(4, properties={})], source="web")
    take([view(1), view(2), view(5, timestamp="2199-01-01"), view(6, userId=None)], source="web")
    take([view(7)], source="app")
    web, app = quality(real_now() - timedelta(hours=1))
    assert (web.source, web.received, web.stored, web.duplicates, web.quarantined) == ("web", 8, 4, 2, 2)
    assert web.reasons == {"future time": 1, "missing": 1}
    assert web.missing == {"item_id": 0.5, "session_id": 1.0}
    assert web.last_received_at >= web.last_happened_at
    assert (app.received, app.stored) == (1, 1)
    assert quality(real_now() + timedelta(hours=1)) == []
