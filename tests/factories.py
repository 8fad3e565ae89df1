"""Rows named like the trade. Each call makes one thing with sensible facts; keywords
say what matters to the test.
"""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from campaigns.content.model import hash_of
from campaigns.models import (
    Campaign,
    CampaignVersion,
    Coupon,
    CouponPool,
    EffectReport,
    Message,
    Recipient,
    Run,
)
from profiles.models import (
    ApiKey,
    Consent,
    Customer,
    Event,
    Item,
    Job,
    JobChunk,
    Portrait,
    QuarantinedRow,
    Score,
    Segment,
)
from recommender.models import ModelVersion, RecommendationList
from retention_site.lib.clock import now

_numbers = itertools.count(1)
PASSWORD = "a-long-enough-password"


def _number() -> int:
    return next(_numbers)


def make_marketer(name: str = "", *, is_superuser: bool = True) -> Any:
    """Someone who may sign in; the password is `PASSWORD`."""
    name = name or f"marketer{_number()}"
    return get_user_model().objects.create_user(
        name, password=PASSWORD, is_staff=True, is_superuser=is_superuser
    )


def make_colleague(**rights: Any) -> Any:
    """Someone who writes or approves; has no password, so it is quickly made."""
    return get_user_model().objects.create(
        username=f"colleague{_number()}", is_staff=True, **rights
    )


def make_approver(**rights: Any) -> Any:
    """Someone with the role that approves what others wrote."""
    person = make_colleague(**rights)
    person.groups.add(Group.objects.get(name="approver"))
    return person


def make_customer(**facts: Any) -> Customer:
    n = _number()
    return Customer.objects.create(
        **{
            "external_id": f"c{n}",
            "email": f"c{n}@customers.example",
            "signed_up_at": now() - timedelta(400),
        }
        | facts
    )


def make_item(**facts: Any) -> Item:
    n = _number()
    return Item.objects.create(
        **{
            "external_id": f"i{n}",
            "title": f"Oat bread {n}",
            "category": "Bakery > Bread",
            "price": Decimal("2.99"),
            "currency": "USD",
        }
        | facts
    )


def make_event(
    customer: Customer, kind: str = "purchase", at: datetime | None = None, **facts: Any
) -> Event:
    """One fact; a purchase costs 2.50 unless told otherwise."""
    if kind == "purchase":
        facts = {
            "quantity": 1,
            "price": Decimal("2.50"),
            "currency": "USD",
            "order_id": f"o{_number()}",
        } | facts
    return Event.objects.create(
        key=uuid.uuid4(), customer=customer, type=kind, at=at or now(), **facts
    )


def make_consent(
    customer: Customer,
    channel: str = "email",
    status: str = Consent.Status.GRANTED,
    **facts: Any,
) -> Consent:
    return Consent.objects.create(
        customer=customer,
        channel=channel,
        status=status,
        **{"at": now() - timedelta(30)} | facts,
    )


def make_portrait(customer: Customer, **values: Any) -> Portrait:
    """Traits by key; a pair is (value, evidence)."""
    traits = {
        key: (
            {"value": value[0], "evidence": value[1]}
            if isinstance(value, tuple)
            else {"value": value, "evidence": 5}
        )
        for key, value in values.items()
    }
    return Portrait.objects.create(customer=customer, traits=traits, as_of=now())


def make_score(
    customer: Customer, kind: str = "purchase", value: float = 0.5, **facts: Any
) -> Score:
    return Score.objects.create(
        customer=customer,
        kind=kind,
        value=value,
        **{"horizon_days": 30, "model": "purchase/1", "as_of": now()} | facts,
    )


def make_recommendations(
    customer: Customer, *items: Item, mode: str = "all"
) -> RecommendationList:
    ranked = [
        {
            "item_id": one.external_id,
            "score": 1 / place,
            "why": {"kind": "again", "n": 3},
            "engine": "popularity",
        }
        for place, one in enumerate(items, 1)
    ]
    return RecommendationList.objects.create(
        customer=customer, mode=mode, items=ranked, model="recommender/1", as_of=now()
    )


def make_segment(name: str = "", **facts: Any) -> Segment:
    rule = {
        "all": [
            {"is": "event_count", "type": "purchase", "at_least": 2, "within_days": 90}
        ]
    }
    return Segment.objects.create(
        name=name or f"segment-{_number()}", **{"rule": rule} | facts
    )


def make_campaign(name: str = "", **facts: Any) -> Campaign:
    return Campaign.objects.create(name=name or f"Campaign {_number()}", **facts)


def make_version(
    campaign: Campaign, state: str = CampaignVersion.State.APPROVED, **facts: Any
) -> CampaignVersion:
    n = campaign.versions.count() + 1
    content = facts.pop("content", {"name": campaign.name, "channels": ["email"]})
    if state == CampaignVersion.State.APPROVED:
        facts = {"approver": make_colleague(), "approved_at": now()} | facts
    return CampaignVersion.objects.create(
        campaign=campaign,
        **{
            "number": n,
            "content": content,
            "hash": hash_of(content),
            "salt": f"salt-{n}",
            "state": state,
            "author": make_colleague(),
        }
        | facts,
    )


def make_run(
    campaign: Campaign, version: CampaignVersion | None = None, **facts: Any
) -> Run:
    version = version or campaign.approved_version or make_version(campaign)
    return Run.objects.create(
        campaign=campaign,
        version=version,
        **{
            "key": f"run-{_number()}",
            "started_by": "a test",
            "state": Run.State.SENDING,
            "as_of": now(),
            "known_at": now(),
        }
        | facts,
    )


def make_message(
    run: Run,
    customer: Customer | None = None,
    state: str = Message.State.QUEUED,
    **facts: Any,
) -> Message:
    customer = customer or make_customer()
    return Message.objects.create(
        run=run,
        campaign=run.campaign,
        customer=customer,
        state=state,
        **{
            "dedupe_key": f"{run.pk}:{customer.pk}",
            "channel": "" if state == Message.State.HELD else "email",
            "not_before": now(),
            "sent_at": now() if state in Message.REACHED else None,
        }
        | facts,
    )


def make_recipient(campaign: Campaign, customer: Customer, **facts: Any) -> Recipient:
    return Recipient.objects.create(campaign=campaign, customer=customer, **facts)


def make_effect(
    campaign: Campaign, run: Run | None = None, label: str = "", **result: Any
) -> EffectReport:
    """A report of a run; keywords replace its parts."""
    return EffectReport.objects.create(
        campaign=campaign,
        run=run,
        label=label,
        window_from=now() - timedelta(28),
        window_to=now(),
        result=result,
    )


def make_coupon_pool(name: str = "", **facts: Any) -> CouponPool:
    return CouponPool.objects.create(
        name=name or f"pool {_number()}",
        **{"currency": "USD", "cap": 100, "budget": Decimal(500)} | facts,
    )


def make_coupon(
    pool: CouponPool,
    customer: Customer | None = None,
    value: Decimal = Decimal(5),
    **facts: Any,
) -> Coupon:
    n = _number()
    return Coupon.objects.create(
        pool=pool,
        customer=customer,
        value=value,
        **{
            "code": f"CODE{n}",
            "grant_key": f"grant-{n}",
            "issued_at": now(),
            "expires_at": now() + timedelta(28),
        }
        | facts,
    )


def make_job(
    kind: str = "portraits",
    state: str = Job.State.RUNNING,
    n_chunks: int = 4,
    n_done: int = 1,
) -> Job:
    """A job whose first parts are done and whose next is being worked on while it runs."""
    started = now()
    made = Job.objects.create(
        kind=kind,
        title=f"{kind} {_number()}",
        state=state,
        n_chunks=n_chunks,
        n_done=n_done,
        started_at=started,
    )
    for number in range(n_chunks):
        part = JobChunk.State.DONE if number < n_done else JobChunk.State.QUEUED
        if number == n_done and state == Job.State.RUNNING:
            part = JobChunk.State.LEASED
        JobChunk.objects.create(
            job=made,
            number=number,
            state=part,
            progress=float(part == JobChunk.State.DONE),
            worker=f"pid {number}",
        )
    return made


def make_quarantined(reason: str = "impossible date", **facts: Any) -> QuarantinedRow:
    n = _number()
    return QuarantinedRow.objects.create(
        key=uuid.uuid4(),
        reason=reason,
        **{
            "source": "events.csv",
            "kind": "events",
            "line": n,
            "column": "at",
            "row": {"at": "31.02.2024"},
        }
        | facts,
    )


def make_api_key(scope: str = "read", **facts: Any) -> ApiKey:
    key, _secret = ApiKey.make(scope, **facts)
    return key


def make_model_card(
    model: str = "recommender",
    version: str = "1",
    *,
    is_promoted: bool = True,
    **card: Any,
) -> ModelVersion:
    """A trained model; keywords fill its card."""
    return ModelVersion.objects.create(
        model=model,
        version=version,
        card={"model": model, "version": version} | card,
        as_of=now(),
        is_promoted=is_promoted,
    )
