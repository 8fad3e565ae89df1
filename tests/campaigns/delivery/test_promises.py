"""What the database itself refuses: each promise stands on a constraint, whoever writes
and however many at once.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import (
    Alert,
    Attempt,
    CampaignVersion,
    CapSlot,
    ContactLimit,
    Coupon,
    CouponPool,
    InboundWebhook,
    Message,
    Occasion,
    Resending,
    Schedule,
    ScheduleTick,
    SendingPause,
    Suppression,
)
from retention_site.lib.clock import now
from tests.factories import make_colleague
from tests.sending import make_send, only_message

MOMENT = now()


def schedule(message: Message) -> Schedule:
    return Schedule.objects.get_or_create(
        campaign=message.campaign, defaults={"starts_local": MOMENT, "time_zone": "UTC"}
    )[0]


def pool() -> CouponPool:
    return CouponPool.objects.get_or_create(
        name="p", defaults={"currency": "USD", "cap": 1, "budget": 5}
    )[0]


def coupon(code: str, key: str) -> Coupon:
    return Coupon(
        pool=pool(),
        code=code,
        grant_key=key,
        value=1,
        issued_at=MOMENT,
        expires_at=MOMENT,
    )


def slot(message: Message, rule: str, n: int) -> CapSlot:
    return CapSlot(
        customer=message.customer, rule=rule, window="w", n=n, message=message
    )


def another(message: Message) -> Message:
    return Message(
        run=message.run,
        campaign=message.campaign,
        customer=message.customer,
        dedupe_key=message.dedupe_key,
        not_before=MOMENT,
    )


TWICE: dict[str, Callable[[Message], list]] = {
    "campaigns_message_dedupe_key": lambda m: [another(m)],
    "attempt_once": lambda m: [
        Attempt(message=m, n=1, channel="c", provider=p) for p in "ab"
    ],
    "attempt_provider_ref_once": lambda m: [
        Attempt(message=m, n=n, channel="c", provider="p", provider_ref="r")
        for n in (1, 2)
    ],
    "schedule_tick_once": lambda m: (
        [ScheduleTick(schedule=schedule(m), due_local=MOMENT, due_at=MOMENT)] * 2
    ),
    "inbound_webhook_once": lambda _m: [
        InboundWebhook(source="s", event_id="e", payload={}) for _ in "ab"
    ],
    "cap_slot_once": lambda m: [
        slot(m, "per_day", 1),
        slot(only_message(make_send(customers=[m.customer])), "per_day", 1),
    ],
    "cap_slot_message_once": lambda m: [slot(m, "per_day", 1), slot(m, "per_day", 2)],
    "campaigns_coupon_code": lambda _m: [coupon("c", "k1"), coupon("c", "k2")],
    "campaigns_coupon_grant_key": lambda _m: [coupon("c1", "k"), coupon("c2", "k")],
    "suppression_once": lambda _m: [
        Suppression(channel="c", address_hash="h", reason="r") for _ in "ab"
    ],
    "occasion_once": lambda m: [
        Occasion(
            campaign=m.campaign,
            customer=m.customer,
            key="k",
            happened_at=MOMENT,
            due_at=MOMENT,
        )
        for _ in "ab"
    ],
    "alert_once": lambda _m: [Alert(kind="k", words="w") for _ in "ab"],
    "contact_limit_once": lambda _m: [ContactLimit(window="day", most=1) for _ in "ab"],
    "resending_one_open": lambda m: [
        Resending(campaign=m.campaign, n=1, asked_by=make_colleague()) for _ in "ab"
    ],
}
WRONG: dict[str, Callable[[Message], object]] = {
    "coupon_pool_cap": (
        lambda _m: CouponPool.objects.filter(pk=pool().pk).update(n_issued=2)
    ),
    "coupon_pool_budget": (
        lambda _m: CouponPool.objects.filter(pk=pool().pk).update(committed=Decimal(6))
    ),
    "coupon_pool_spent": (
        lambda _m: CouponPool.objects.filter(pk=pool().pk).update(spent=Decimal(6))
    ),
    "campaign_version_two_people": (
        lambda m: m.run.version.__class__.objects.filter(pk=m.run.version_id).update(
            approver=m.run.version.author_id
        )
    ),
    "campaign_version_approver": (
        lambda m: CampaignVersion.objects.filter(pk=m.run.version_id).update(
            approver=None
        )
    ),
    "sending_pause_one": lambda _m: SendingPause.objects.create(id=2),
    "contact_limit_leaves_some": lambda _m: ContactLimit.objects.create(
        window="day", most=1, reserved=1
    ),
    "resending_two_people": lambda m: _self_approved(m),
}


def _self_approved(message: Message) -> None:
    person = make_colleague()
    Resending.objects.create(
        campaign=message.campaign,
        n=1,
        asked_by=person,
        approved_by=person,
        approved_at=MOMENT + timedelta(1),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("promise", TWICE)
def test_no_two_of_a_kind(promise):
    message = only_message(make_send(1))
    rows = TWICE[promise](message)
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        _save(rows)


def _save(rows: list) -> None:
    for row in rows:
        row.pk = None
        row.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize("promise", WRONG)
def test_nothing_beyond_its_bounds(promise):
    message = only_message(make_send(1))
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        WRONG[promise](message)
