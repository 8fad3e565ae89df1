"""One customer's page: why in a segment or not, how consent came about, and what
happened, older and older.
"""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from profiles import history, segments
from profiles.admin.panels.consents import standings
from profiles.admin.panels.timeline import page as moments_page
from profiles.admin.segments.why import explained
from profiles.consents import consent_ledger
from profiles.intake.tracking import take
from profiles.models import Consent, Customer
from retention_site.lib.clock import now
from tests import factories as make

BOUGHT_TWICE = {
    "is": "event_count",
    "type": "purchase",
    "at_least": 2,
    "within_days": 90,
}
FROM_EAST = {"is": "trait", "key": "region", "in": ["east"]}


@pytest.fixture
def own_history(transactional_db, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"


@pytest.fixture
def anna(own_history) -> Customer:
    """Bought three times, lives in the west."""
    anna = make.make_customer(external_id="anna", region="west")
    for days in (1, 5, 9):
        make.make_event(anna, at=now() - timedelta(days=days))
    history.refresh()
    return anna


RULES = [
    ({"all": [BOUGHT_TWICE, FROM_EAST]}, False),
    ({"any": [BOUGHT_TWICE, FROM_EAST]}, True),
    ({"all": [BOUGHT_TWICE, {"none": [FROM_EAST]}]}, True),
    ({"none": [BOUGHT_TWICE, {"any": [FROM_EAST]}]}, False),
    ({"all": []}, True),
    ({"any": []}, False),
    (BOUGHT_TWICE, True),
]


def test_the_explanation_agrees_with_the_segment(anna):
    for rule, fits in RULES:
        assert explained(rule, anna.pk).holds is fits, rule
        assert (anna.pk in segments.members(rule)) is fits, rule


def test_each_part_says_what_it_rests_on_and_whether_it_speaks_for(anna):
    whole = explained({"all": [BOUGHT_TWICE, {"none": [FROM_EAST]}]}, anna.pk)
    bought, none_of = whole.parts
    assert (bought.value, bought.holds, bought.speaks_for) == ("3", True, True)
    (east,) = none_of.parts
    assert (east.value, east.holds, east.is_wanted, east.speaks_for) == (
        "west",
        False,
        False,
        True,
    )


def test_the_page_lists_every_segment_and_says_why_not(signed_in, anna):
    inside = make.make_segment("buyers", title="Buyers", rule={"all": [BOUGHT_TWICE]})
    outside = make.make_segment("eastern", title="Eastern", rule={"all": [FROM_EAST]})
    inside.memberships.create(customer=anna, joined_at=now())
    page = signed_in.get(
        reverse("admin:profiles_customer_change", args=[anna.pk])
    ).content.decode()
    assert re.findall(r"r-pill[^>]*>(in|not in)<", page) == ["in", "not in"]
    said = signed_in.get(reverse("why", args=[outside.pk, anna.pk])).content.decode()
    assert "does not fit this rule" in said
    assert "west" in said


def test_the_ledger_tells_how_consent_came_about(signed_in, db):
    anna = make.make_customer(external_id="anna")
    make.make_consent(
        anna,
        status="pending",
        at=now() - timedelta(9),
        source="checkout",
        wording="v3",
        ip="203.0.113.0",
    )
    make.make_consent(
        anna,
        status="granted",
        at=now() - timedelta(8),
        source="confirmation link",
        wording="v3",
    )
    page = signed_in.get(
        reverse("admin:profiles_customer_change", args=[anna.pk])
    ).content.decode()
    ledger = page.split('id="consents"')[1].split("</section>")[0]
    for said in (
        "checkout",
        "confirmation link",
        "v3",
        "203.0.113.0",
        "waiting for confirmation",
    ):
        assert said in ledger
    assert ledger.index("confirmation link") < ledger.index("checkout"), "newest first"


def test_what_stands_on_the_page_is_what_the_gate_reads(db):
    anna = make.make_customer(external_id="anna")
    for channel, topic, status, days in (
        ("email", "", "granted", 9),
        ("email", "news", "granted", 5),
        ("email", "", "withdrawn", 3),
        ("sms", "", "withdrawn", 8),
        ("sms", "offers", "granted", 2),
        ("push", "", "granted", -2),
    ):
        make.make_consent(
            anna, channel, status, topic=topic, at=now() - timedelta(days=days)
        )
    shown = standings(list(Consent.objects.order_by("channel", "topic", "-at", "-id")))
    assert {(one.channel, one.topic): one.status or None for one in shown} == {
        (one.channel, one.topic): consent_ledger.state_of(
            anna.pk, one.channel, one.topic
        )
        for one in shown
    }
    assert [one.label for one in shown if one.channel == "push"] == ["not yet"]


def test_the_timeline_holds_what_came_before_the_merge_and_goes_back_to_the_beginning(
    signed_in, db
):
    at = (now() - timedelta(days=80)).isoformat()
    seen = {
        "event": "Product Viewed",
        "properties": {"product_id": "rye"},
        "timestamp": at,
    }
    take(
        [{"type": "track", "anonymousId": "v1", "messageId": "m1", **seen}],
        source="web",
    )
    take(
        [{"type": "alias", "messageId": "m2", "userId": "anna", "previousId": "v1"}],
        source="w",
    )
    anna = Customer.objects.get(external_id="anna")
    for days in range(60):
        make.make_event(anna, at=now() - timedelta(days=days, hours=1))
    seen, before = [], now()
    while True:
        page = moments_page(anna, before)
        seen += page.moments
        if not page.older:
            break
        answer = signed_in.get(
            reverse("timeline", args=[anna.pk]), {"before": page.older}
        ).content.decode()
        assert answer.count("<time") == len(
            moments_page(anna, page.moments[-1].at).moments
        )
        before = page.moments[-1].at
    assert len(seen) == 61
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)
    assert seen[-1].title == "Looked at: rye"


@pytest.mark.parametrize(
    "before",
    ["", "nonsense", "2024-01-01", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00"],
)
def test_a_strange_time_shows_something_or_nothing_but_breaks_nothing(
    signed_in, db, before
):
    anna = make.make_customer()
    assert (
        signed_in.get(
            reverse("timeline", args=[anna.pk]), {"before": before}
        ).status_code
        == 200
    )
