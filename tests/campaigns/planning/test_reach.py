"""How many of a segment each channel reaches: whoever agreed on a topic counts, too."""

from datetime import timedelta

import pytest

from campaigns.planning.audiences.reach import figures
from profiles.models import Consent
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer

pytestmark = pytest.mark.django_db
GONE = Consent.Status.WITHDRAWN


def reached(*customers) -> dict[str, int]:
    found = figures([one.pk for one in customers], now())
    return {str(one.label): one.n for one in found}


@pytest.fixture(autouse=True)
def nobody_held_out(settings):
    settings.GLOBAL_HOLDOUT = 0


def test_a_yes_on_one_topic_or_on_all_of_them_reaches():
    on_one, on_all, silent = (make_customer() for _ in range(3))
    make_consent(on_one, topic="offers")
    make_consent(on_all)
    found = reached(on_one, on_all, silent)
    assert found["E-mail"] == 2
    assert found["After limits and holdout"] == 2


def test_a_no_on_one_topic_leaves_the_others_and_a_no_on_all_leaves_none():
    some, none = make_customer(), make_customer()
    for customer in (some, none):
        make_consent(customer, topic="offers")
        make_consent(customer, topic="news")
    later = now() - timedelta(1)
    make_consent(some, topic="offers", status=GONE, at=later)
    make_consent(none, status=GONE, at=later)
    assert reached(some)["E-mail"] == 1
    assert reached(none)["E-mail"] == 0


def test_a_yes_of_a_joined_customer_is_theirs_and_without_an_address_reaches_nobody():
    kept, nowhere = make_customer(), make_customer(email="")
    joined = make_customer(email="", merged_into=kept)
    make_consent(joined, topic="offers")
    make_consent(nowhere, topic="offers")
    assert reached(kept, nowhere)["E-mail"] == 1
