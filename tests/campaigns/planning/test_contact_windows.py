"""A day, week or month of a limit is the same for planning and for the send gate: the
customer's own, whatever the clocks do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns.content import contact_windows
from campaigns.content.contact_windows import KINDS, RULES, span_of, start_of
from campaigns.delivery.limits import caps
from campaigns.models import Message
from campaigns.planning.audiences import candidates
from profiles.models import Customer
from tests.factories import make_campaign, make_customer, make_message, make_run

BERLIN, HAVANA, BEIRUT = "Europe/Berlin", "America/Havana", "Asia/Beirut"
ZONES = (
    BERLIN,
    HAVANA,
    BEIRUT,
    "UTC",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "",
    "Mars/Base",
)
TWO_YEARS = 2 * 365 * 24 * 60  # minutes
MOMENTS = st.integers(0, TWO_YEARS).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
EDGES = [
    # zone, a message left, another would now, in the same day, week, month
    (BERLIN, "2026-06-03 23:59", "2026-06-04 00:01", {"week", "month"}),
    (BERLIN, "2026-06-07 23:59", "2026-06-08 00:01", {"month"}),
    (BERLIN, "2026-06-30 23:59", "2026-07-01 00:01", {"week"}),
    (BERLIN, "2026-12-31 23:00", "2027-01-01 01:00", {"week"}),
    (BERLIN, "2026-10-25 00:00", "2026-10-25 23:59", {"day", "week", "month"}),
    (BERLIN, "2026-10-24 23:59", "2026-10-25 23:59", {"week", "month"}),
    (BERLIN, "2026-03-29 00:00", "2026-03-29 23:59", {"day", "week", "month"}),
    (BERLIN, "2026-03-28 23:59", "2026-03-29 22:59", {"week", "month"}),
    (HAVANA, "2026-03-07 23:59", "2026-03-08 01:00", {"week", "month"}),
    (HAVANA, "2026-11-01 00:10", "2026-11-01 23:00", {"day", "week", "month"}),
    (BEIRUT, "2026-03-28 23:59", "2026-03-29 01:00", {"week", "month"}),
    ("Asia/Kathmandu", "2026-06-03 23:59", "2026-06-04 00:00", {"week", "month"}),
    ("Mars/Base", "2026-06-03 23:59", "2026-06-04 00:00", {"week", "month"}),
]


def zone_of(name: str) -> ZoneInfo:
    return contact_windows.zone_of(name)


def planned(customer: Customer, moment: datetime) -> set[str]:
    """The windows in which planning counts the one message of a customer."""
    content = SimpleNamespace(
        topic="", limits={"per_day": 1}, arms=(), preferred="", is_marketing=False
    )
    (found,), _ids = candidates.load([customer.pk], content, moment)
    return {RULES[rule] for rule, n in found.n_recent.items() if n}


def gated(message: Message, zone: str, left: datetime, moment: datetime) -> set[str]:
    """The windows in which the gate has no place left after one message."""

    def wishes(pk: int, at: datetime) -> list[caps.Wish]:
        one = SimpleNamespace(
            message=SimpleNamespace(pk=pk, channel="email", priority=100),
            zone=zone_of(zone),
            rules=SimpleNamespace(
                caps=tuple((rule, 1) for rule in RULES), is_marketing=False
            ),
            counted_for=message.customer_id,
            first_here=None,
        )
        return caps.wishes(one, [], at)

    other = make_message(message.run, make_customer(), Message.State.LEASED)
    assert caps.take(wishes(message.pk, left)) == {}
    full = set()
    for wish in wishes(other.pk, moment):
        if caps.take([wish]):
            full.add(RULES[wish.rule])
    return full


def counted(zone: str, left: datetime, moment: datetime) -> list[set[str]]:
    customer = make_customer(time_zone=zone)
    run = make_run(make_campaign())
    message = make_message(run, customer, Message.State.SENT, sent_at=left)
    return [planned(customer, moment), gated(message, zone, left, moment)]


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "left", "then", "same"), EDGES)
def test_planning_and_the_gate_agree_at_the_edges(zone, left, then, same):
    left, then = (
        datetime.fromisoformat(wall).replace(tzinfo=zone_of(zone)).astimezone(UTC)
        for wall in (left, then)
    )
    assert counted(zone, left, then) == [same, same]


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    zone=st.sampled_from(ZONES),
    moment=MOMENTS,
    hours=st.integers(0, 24 * 35),
)
def test_planning_and_the_gate_agree_at_any_time(zone, moment, hours):
    with transaction.atomic():
        by_planner, by_gate = counted(zone, moment - timedelta(hours=hours), moment)
        assert by_planner == by_gate
        transaction.set_rollback(True)


@hypothesis_settings(max_examples=300)
@given(
    zone=st.sampled_from(ZONES),
    moment=MOMENTS,
    minutes=st.integers(0, 60 * 24 * 35),
    kind=st.sampled_from(KINDS),
)
def test_a_window_begins_where_its_name_does(zone, moment, minutes, kind):
    earlier, local = (
        moment - timedelta(minutes=minutes),
        moment.astimezone(zone_of(zone)),
    )
    is_same = span_of(kind, earlier.astimezone(zone_of(zone))) == span_of(kind, local)
    assert (earlier >= start_of(kind, local)) == is_same


@pytest.mark.django_db
def test_what_waits_counts_where_it_may_leave_and_joined_customers_are_one():
    moment = datetime(2026, 6, 10, 12, tzinfo=UTC)  # a Wednesday
    person = make_customer(time_zone="UTC")
    other = make_customer(time_zone="UTC", merged_into=person)
    run = make_run(make_campaign())
    make_message(
        run,
        other,
        Message.State.QUEUED,
        planned_at=moment - timedelta(days=9),
        not_before=moment + timedelta(hours=1),
    )
    assert planned(person, moment) == {"day", "week", "month"}
