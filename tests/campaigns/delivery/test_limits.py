"""The shop's own limits over all campaigns, the pause of everything, domains and a
sender that warms up.
"""

from datetime import timedelta

import pytest
from django.db.models import F

from campaigns.delivery import send
from campaigns.delivery.limits import rate_limit
from campaigns.models import (
    Campaign,
    CapSlot,
    ContactLimit,
    Message,
    Occasion,
    ProviderRate,
    SendingPause,
)
from retention_site.lib.clock import now, real_now
from tests.factories import make_event
from tests.sending import make_customers, make_send, states, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_sinks")]


@pytest.fixture(autouse=True)
def patient(settings, local_sinks) -> None:
    """No lease runs out here, however busy the machine is."""
    settings.SEND_LEASE_SECONDS = 60


def test_a_shops_limit_counts_every_campaign_and_channel():
    limit = ContactLimit.objects.create(window="week", most=2)
    customers = make_customers(1, "email", "sms")
    runs = [
        make_send(customers=customers, channel=channel)
        for channel in ("email", "sms", "email")
    ]
    send.drain("bulk")
    assert [states(run) for run in runs] == [{"sent": 1}, {"sent": 1}, {"capped": 1}]
    assert (
        Message.objects.get(run=runs[2]).reason
        == f"the shop's limit is reached: {limit}"
    )


def test_a_limit_of_a_class_or_channel_counts_only_that():
    ContactLimit.objects.create(
        window="day", most=1, campaign_class="newsletter", channel="email"
    )
    customers = make_customers(1, "email", "sms")
    news = {"campaign_class": "newsletter"}
    runs = [
        make_send(customers=customers, **news),
        make_send(customers=customers, **news),
        make_send(customers=customers, channel="sms", **news),
        make_send(customers=customers),
        make_send(customers=customers, kind="transactional", **news),
    ]
    send.drain("bulk")
    assert [*map(states, runs)] == [
        {"sent": 1},
        {"capped": 1},
        {"sent": 1},
        {"sent": 1},
        {"sent": 1},
    ]
    assert CapSlot.objects.count() == 1


def test_what_is_kept_free_is_for_campaigns_that_matter_more():
    ContactLimit.objects.create(window="week", most=2, reserved=1, reserved_to=50)
    customers = make_customers(1, "email")
    runs = [make_send(customers=customers) for _ in range(3)]
    Message.objects.filter(run=runs[2]).update(priority=50)
    Message.objects.filter(run__in=runs[:2]).update(priority=F("priority"))
    send.drain("bulk")
    assert [states(run) for run in runs] == [{"sent": 1}, {"capped": 1}, {"sent": 1}]


def test_the_pause_of_everything_stops_what_is_claimed_too(monkeypatch):
    run = make_send(2)
    SendingPause.objects.create()
    assert send.drain("bulk") == 0
    SendingPause.objects.all().delete()
    prepare = send.prepare

    def paused_meanwhile(batch):
        ready = prepare(batch)
        SendingPause.objects.create()
        return ready

    monkeypatch.setattr(send, "prepare", paused_meanwhile)
    send.drain("bulk")
    assert (states(run), taken()) == ({"queued": 2}, [])


def test_a_domain_has_its_own_rate():
    big = [
        make_customers(1, "email", email=f"someone{n}@big.example")[0] for n in range(5)
    ]
    small = make_customers(1, "email")
    run = make_send(customers=[*big, *small])
    ProviderRate.objects.create(
        provider=f"{provider()}@big.example", per_second=0.01, burst=2
    )
    send.drain("bulk")
    assert states(run) == {"sent": 3, "queued": 3}
    waiting = Message.objects.filter(run=run, state="queued")
    assert {one.reason for one in waiting} == {
        "as fast as the recipients' domain allows"
    }
    assert all(one.not_before > now() + timedelta(seconds=50) for one in waiting)


def provider() -> str:
    from campaigns.delivery.gating.eligibility import channel_named

    return channel_named("email")().provider


@pytest.mark.parametrize(
    ("days", "allowed"), [(0, 10), (1, 20), (2, 40), (3, 100), (400, 100)]
)
def test_a_new_sender_warms_up(days, allowed):
    began = (real_now() - timedelta(days)).date()
    ProviderRate.objects.create(
        provider="p",
        per_second=1e6,
        burst=1000,
        warm_up_from=began,
        warm_up_first=10,
        warm_up_growth=2,
        warm_up_until=80,
    )
    granted = [rate_limit.take("p", 7)[0] for _ in range(15)]
    assert min(100, sum(granted)) == allowed
    if allowed < 100:
        assert rate_limit.take("p", 1)[1] > 0, "the rest waits for tomorrow"
        ProviderRate.objects.update(counted_on=began - timedelta(1))
        assert rate_limit.take("p", 1)[0] == 1


def test_bought_while_the_message_waited_for_the_morning():
    run = make_send(
        2, trigger={"kind": "event", "events": ["cart"], "cancel_if": ["purchase"]}
    )
    bought, not_bought = Message.objects.filter(run=run).order_by("pk")
    for message in (bought, not_bought):
        Occasion.objects.create(
            campaign=Campaign.objects.get(),
            customer=message.customer,
            key=f"c{message.pk}",
            message=message,
            happened_at=now() - timedelta(hours=9),
            due_at=now() - timedelta(hours=8),
            state="started",
        )
    make_event(bought.customer, "purchase", now() - timedelta(hours=1))
    make_event(not_bought.customer, "purchase", now() - timedelta(hours=10))
    send.drain("bulk")
    bought.refresh_from_db()
    assert (bought.state, bought.reason) == ("cancelled", "bought meanwhile")
    assert [line["to"] for line in taken()] == [[not_bought.customer.email]]
