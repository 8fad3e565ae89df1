"""Where few places are left, those get them who are least tired of us."""

import pytest

from campaigns.content.parse import read
from campaigns.delivery import send
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.models import Message, ProviderRate
from campaigns.planning import message_planner
from retention_site.lib.clock import now, real_now
from tests import factories
from tests.sending import local_sinks, make_approved_for, shop, unhurried  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("unhurried", "local_sinks"),
]


def test_a_warm_up_writes_to_the_least_tired_and_to_the_others_later():
    version = make_approved_for("sale", {"kind": "webhook", "sample": {}})
    people = [factories.make_customer() for _ in range(5)]
    for person, fatigue in zip(people, (0.9, 0.2, 0.6, None, 0.1), strict=True):
        factories.make_consent(person)
        if fatigue is not None:
            factories.make_portrait(person, fatigue=fatigue)
    run = factories.make_run(version.campaign, version)
    firing = message_planner.Firing(
        run=run,
        content=read(version.content),
        salt="s",
        now=now(),
        key_of=lambda pk: f"{run.pk}:{pk}",
    )
    message_planner.plan(firing, [one.pk for one in people])
    planned = Message.objects.filter(run=run, state="queued").order_by("pk")
    order = [people.index(one.customer) for one in planned.select_related("customer")]
    assert order == [3, 4, 1, 2, 0]
    ProviderRate.objects.create(
        provider=channel_named("email")().provider,
        per_second=100,
        warm_up_from=real_now().date(),
        warm_up_first=3,
    )
    send.drain("bulk")
    sent = Message.objects.filter(run=run, state="sent")
    assert {people.index(one.customer) for one in sent} == {3, 4, 1}
