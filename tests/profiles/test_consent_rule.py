"""A rule about consent says the same as the ledger: the newest statement holds, a
withdrawal wins a tie.
"""

from datetime import timedelta

import pytest

from profiles import history, segments
from profiles.models import Consent
from retention_site.lib.clock import now
from tests.factories import make_customer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("", "withdrawn", 5), ("news", "granted", 2)], "granted"),
        ([("news", "granted", 5), ("", "withdrawn", 2)], "withdrawn"),
        ([("news", "granted", 2), ("", "withdrawn", 2)], "withdrawn"),
        ([("", "granted", 2), ("offers", "withdrawn", 1)], "granted"),
    ],
    ids=["opted in again", "opted out of all", "both at once", "another topic"],
)
def test_the_newest_statement_holds(said, expected, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    moment = now()
    customer = make_customer()
    for topic, status, days in said:
        at = moment - timedelta(days=days)
        Consent.objects.create(
            customer=customer, channel="email", topic=topic, status=status, at=at
        )
    history.refresh()
    rule = {"is": "consent", "channel": "email", "topic": "news", "status": expected}
    assert segments.members(rule, moment).tolist() == [customer.pk]
