"""Sample customers for approval and preview: real ones of the segment, and one of whom
nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation

from campaigns.content.model import Arm, Content, WhenExhausted
from campaigns.content.value_policies import policy_of
from campaigns.copy.approval import final_check
from campaigns.copy.approval.voice import of_the_shop
from campaigns.models import CampaignVersion
from campaigns.planning import explain, message_context
from campaigns.planning.message_context import Known
from campaigns.planning.points_facts import with_points
from campaigns.planning.recent_activity import with_lately
from campaigns.rendering import render_check, template_cache
from campaigns.rendering.compose import shop
from campaigns.rendering.render_check import Sample
from campaigns.rendering.template_context import (
    Card,
    CouponFacts,
    Lately,
    Person,
    PointsFacts,
    context,
)
from profiles.models import Customer
from profiles.segments import members
from retention_site.lib.clock import now

SAMPLES = 20
CODE = "SAMPLE-CODE"
SOMEBODY = "a customer"
STRANGER = "a customer of whom nothing is known"


def problems_of(
    version: CampaignVersion, content: Content, *, names_people: bool = True
) -> list[str]:
    """Return one sentence for each way in which a version's words fail on sample
    customers.

    Not everybody may see who they are; then each is "a customer".
    """
    words = template_cache.of_version(version.hash, version.content)
    chosen = customers_of(content)
    found: list[str] = []
    for arm in content.arms:
        tried = contexts(content, arm, chosen)
        if not names_people:
            tried = [
                one if one.name == STRANGER else replace(one, name=SOMEBODY)
                for one in tried
            ]
        for channel in content.channels_of(arm):
            found += render_check.problems(words, arm.name, channel, tried)
        found += final_check.problems(
            words,
            arm.name,
            content.channels_of(arm),
            [{**shop(), **one.context} for one in tried],
            at=now(),
            voice=of_the_shop(),
        )
    return list(dict.fromkeys(found))


def customers_of(content: Content, n: int = SAMPLES) -> list[int]:
    """Return up to ``n`` customers whom the campaign means, spread over its audience."""
    if content.segment is None:
        return list(
            Customer.objects.known().order_by("pk").values_list("pk", flat=True)[:n]
        )
    found = members(content.segment.rule, now(), now())
    step = max(1, len(found) // n)
    return [int(pk) for pk in found[::step][:n]]


def contexts(content: Content, arm: Arm, customers: Sequence[int]) -> list[Sample]:
    """Return what the words of an arm would be given for each customer, and for a
    stranger: in the shop's language as when it is sent, whoever looks.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _contexts(content, arm, customers)


def _contexts(content: Content, arm: Arm, customers: Sequence[int]) -> list[Sample]:
    known = with_lately(message_context.load(customers, now()), content, now())
    known = with_points(known, content, now())
    cards = message_context.cards(customers, content.recommendations)
    tried = [
        Sample(one.person.external_id, _context(content, arm, one, cards.get(pk, [])))
        for pk, one in known.items()
    ]
    stranger = Known(Person(external_id="0"), lately=Lately(), points=PointsFacts())
    return [
        *tried,
        Sample(STRANGER, _context(content, arm, stranger, [], is_bare=True)),
    ]


def _context(
    content: Content,
    arm: Arm,
    known: Known,
    cards: Sequence[Card],
    *,
    is_bare: bool = False,
) -> dict[str, Any]:
    coupon = _coupon(content, arm, known)
    if is_bare and coupon and _may_lack_coupon(content):
        coupon = None
    data = dict(content.trigger.sample) if content.trigger else {}
    return context(
        known.person,
        now=now(),
        visits=known.visits,
        cards=cards,
        coupon=coupon,
        why=explain.sentence(known.visits),
        data=data,
        lately=known.lately,
        points=known.points,
    )


def _coupon(content: Content, arm: Arm, known: Known) -> CouponFacts | None:
    offer = content.offer_of(arm)
    if offer is None:
        return None
    value = policy_of(content.value_policy_of(arm)).worth(known.traits).value
    if value <= 0:
        return None
    expires_at = now() + timedelta(days=offer.valid_days)
    return CouponFacts(
        CODE, value, offer.currency, expires_at, Decimal(offer.minimum_spend)
    )


def _may_lack_coupon(content: Content) -> bool:
    return (
        content.offer is not None and content.offer.when_exhausted == WhenExhausted.SEND
    )
