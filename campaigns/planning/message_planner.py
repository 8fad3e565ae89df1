"""From customers of an audience to their message rows: decide, offer, choose words,
write. One set at a time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.content.model import CONTROL, Content
from campaigns.models import Message, Run
from campaigns.models.trigger import wall_time
from campaigns.planning import explain, holdouts, message_context, offer_allocation
from campaigns.planning.arm_assignment import Place, places
from campaigns.planning.audiences import candidates, silence
from campaigns.planning.decide import Candidate, Decision, Policy, decide
from campaigns.planning.message_context import Known
from campaigns.planning.message_rows import Row, write
from campaigns.planning.offer_allocation import Offered, Wish
from campaigns.planning.points_facts import with_points
from campaigns.planning.recent_activity import with_lately
from campaigns.planning.send_time import not_before
from campaigns.rendering.template_context import (
    Card,
    CouponFacts,
    card_words,
    context,
    worth,
)
from recommender import slates

STOPPED = "stopped"
to_json = json.JSONEncoder(ensure_ascii=False).encode
QUEUED, HELD, CANCELLED = (
    str(state)
    for state in (Message.State.QUEUED, Message.State.HELD, Message.State.CANCELLED)
)


@dataclass(frozen=True)
class Firing:
    """What all messages of one set have in common."""

    run: Run
    content: Content
    salt: str
    now: datetime
    key_of: Callable[[int], str]  # dedupe key by customer
    lane: str = "bulk"
    # of a trigger, by customer
    data_of: Callable[[int], Mapping[str, Any]] | None = None
    items_of: Callable[[int], Sequence[Card]] | None = None  # what the trigger is about
    is_stopped: bool = False
    # whom a journey's own chance holds back, by customer
    is_control: Callable[[int], bool] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One customer with arm and decision."""

    candidate: Candidate
    place: Place
    decision: Decision

    @property
    def customer(self) -> int:
        return self.candidate.customer


def plan(firing: Firing, customers: Sequence[int]) -> Counter[str]:
    """Write one message row for each customer, held ones included; return how many by
    "send" or hold reason.

    Runs inside a transaction of the caller. Customers who have their row already are
    left alone.
    """
    # a part that is planned again after a crash leaves the rows it wrote as they are
    fresh = _without_row(firing, customers)
    chosen = (
        [_stopped(one) for one in _choose(firing, fresh)]
        if firing.is_stopped
        else _choose(firing, fresh)
    )
    silence.keep(_silent(chosen), firing.now)
    sends = [one for one in chosen if one.decision.is_send]
    known = message_context.load([one.customer for one in sends], firing.now)
    offered = offer_allocation.offer(
        firing.content, _wishes(firing, sends, known), firing.now
    )
    # an offer may hold back whom the decision let through: no coupon left, no margin
    chosen = [_with_offer(one, offered.get(one.customer)) for one in chosen]
    sends = [one for one in chosen if one.decision.is_send]
    cards = message_context.cards(
        [one.customer for one in sends], firing.content.recommendations
    )
    known = with_lately(
        {one.customer: known[one.customer] for one in sends}, firing.content, firing.now
    )
    known = with_points(known, firing.content, firing.now)
    write(
        _row(
            firing,
            one,
            offered.get(one.customer),
            known.get(one.customer),
            cards.get(one.customer, []),
        )
        for one in _least_tired_first(chosen, known)
    )
    slates.keep(
        "message",
        firing.now,
        ((one, firing.key_of(one), shown) for one, shown in cards.items()),
    )
    return Counter(
        "send" if one.decision.is_send else one.decision.reason for one in chosen
    )


def _silent(chosen: Sequence[Chosen]) -> Iterator[tuple[int, bool]]:
    """Whom the rule about long silence concerns now: those whom chance holds back
    anyway are left for a campaign that would write to them.
    """
    for one in chosen:
        if one.candidate.is_silent and not one.place.held_by:
            yield one.customer, one.candidate.is_exempt


def _least_tired_first(
    chosen: Sequence[Chosen], known: Mapping[int, Known]
) -> list[Chosen]:
    """Order messages of one set so that where few places are left (a warm-up, a rate, a
    mailbox that several share) those get them who are least tired of us: equal
    priorities leave in the order of their numbers. Nothing known is not tired.
    """
    return sorted(chosen, key=lambda one: _fatigue(known.get(one.customer)))


def _fatigue(known: Known | None) -> float:
    value = known.traits.get("fatigue") if known else None
    return float(value) if isinstance(value, (int, float)) else 0.0


def _without_row(firing: Firing, customers: Sequence[int]) -> list[int]:
    keys = {firing.key_of(customer): customer for customer in customers}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dedupe_key FROM campaigns_message WHERE dedupe_key = ANY(%s)",
            [list(keys)],
        )
        for (written,) in cursor:
            del keys[written]
    # one order for all workers, so that none waits for another in a circle
    return sorted(keys.values())


def _choose(firing: Firing, customers: Sequence[int]) -> list[Chosen]:
    content = firing.content
    loaded, external_ids = candidates.load(customers, content, firing.now)
    above = holdouts.lots_of(firing.run.campaign_id, content)
    drawn = places(content, external_ids, firing.salt, above, firing.run.shares)
    if firing.is_control:
        drawn = [
            replace(place, arm=CONTROL) if firing.is_control(one.customer) else place
            for one, place in zip(loaded, drawn, strict=True)
        ]
    policy = Policy(limits=content.limits, needs_consent=content.is_marketing)
    channels = {arm.name: content.channels_of(arm) for arm in content.arms}
    return [
        Chosen(
            candidate,
            place,
            decide(
                candidate,
                policy,
                channels=channels.get(place.arm, ()),
                held_by=place.held_by,
            ),
        )
        for candidate, place in zip(loaded, drawn, strict=True)
    ]


def _stopped(one: Chosen) -> Chosen:
    """Keep the decision to hold; what would have been sent is not."""
    return (
        replace(one, decision=Decision(is_send=False, reason=STOPPED))
        if one.decision.is_send
        else one
    )


def _wishes(
    firing: Firing, sends: Sequence[Chosen], known: Mapping[int, Known]
) -> list[Wish]:
    arms = {arm.name: arm for arm in firing.content.arms}
    return [
        Wish(
            one.customer,
            arms[one.place.arm],
            firing.key_of(one.customer),
            known[one.customer].traits,
        )
        for one in sends
    ]


def _with_offer(one: Chosen, offered: Offered | None) -> Chosen:
    if offered is None or not offered.is_hold:
        return one
    return replace(one, decision=Decision(is_send=False, reason=offered.reason))


def _row(
    firing: Firing,
    one: Chosen,
    offered: Offered | None,
    known: Known | None,
    cards: Sequence[Card],
) -> Row:
    said: dict[str, Any] = {"not_before": firing.now}
    if one.decision.is_send and known is not None:
        said = _said(firing, one, offered, known, cards)
    return Row(
        run=firing.run.id,
        campaign=firing.run.campaign_id,
        customer=one.customer,
        dedupe_key=firing.key_of(one.customer),
        state=_state(one.decision),
        reason="" if one.decision.is_send else one.decision.reason,
        arm=one.place.arm,
        propensity=one.place.propensity,
        lane=firing.lane,
        priority=firing.content.priority,
        planned_at=firing.now,
        is_held_out=one.place.is_held_out,
        **said,
    )


def _state(decision: Decision) -> str:
    if decision.is_send:
        return QUEUED
    return CANCELLED if decision.reason == STOPPED else HELD


def _said(
    firing: Firing,
    one: Chosen,
    offered: Offered | None,
    known: Known,
    cards: Sequence[Card],
) -> dict[str, Any]:
    """What only a message that is sent has: channel, offer, words, expiry."""
    coupon = _coupon_facts(firing, offered)
    because = explain.sentence(
        known.visits,
        offer=_offer_words(coupon, offered, known),
        channel=explain.channel_words(one.decision.channel, one.decision.reason),
    )
    words = context(
        known.person,
        now=firing.now,
        visits=known.visits,
        cards=cards,
        coupon=coupon,
        why=because,
        data=_data(firing, one.customer, known),
        lately=known.lately,
        points=known.points,
    )
    leaves = _leaves(firing, one, known)
    return {
        "not_before": leaves,
        "channel": one.decision.channel,
        "why": because,
        "offer": _offer_json(coupon),
        "context": to_json(words),
        "expires_at": leaves + timedelta(hours=firing.content.expires_after_hours),
    }


def _leaves(firing: Firing, one: Chosen, known: Known) -> datetime:
    """The moment from which a message may leave, by this customer's clock and habits."""
    due = firing.run.due_local
    return not_before(
        firing.content.send_time,
        now=firing.now,
        zone=known.person.zone,
        slot=str(known.traits.get("active_slot") or ""),
        due_local=wall_time(due) if due else None,
        key=firing.key_of(one.customer),
    )


def _data(firing: Firing, customer: int, known: Known) -> Mapping[str, Any]:
    """What a trigger brought, the items in words and without what they were found by."""
    if firing.data_of is None:
        return {}
    data = {
        name: value
        for name, value in firing.data_of(customer).items()
        if name != "item_ids"
    }
    cards = firing.items_of(customer) if firing.items_of else ()
    return (
        {**data, "items": [card_words(card, known.person.language) for card in cards]}
        if cards
        else data
    )


def _coupon_facts(firing: Firing, offered: Offered | None) -> CouponFacts | None:
    if offered is None or offered.coupon is None or firing.content.offer is None:
        return None
    coupon = offered.coupon
    return CouponFacts(
        coupon.said_code,
        coupon.value,
        firing.content.offer.currency,
        coupon.expires_at,
        max(coupon.minimum_spend, coupon.pool.minimum_spend),
        coupon.pool.kind,
        coupon.pool.percent,
        coupon.pool.points,
    )


def _offer_words(
    coupon: CouponFacts | None, offered: Offered | None, known: Known
) -> str:
    if coupon and offered:
        return explain.offer_words(
            worth(coupon, known.person.language),
            offered.reason,
        )
    return offered.reason if offered else ""


def _offer_json(coupon: CouponFacts | None) -> str | None:
    if coupon is None:
        return None
    facts = {
        "code": coupon.code,
        "value": str(coupon.value),
        "currency": coupon.currency,
        "expires_at": coupon.expires_at.isoformat(),
        "minimum_spend": str(coupon.minimum_spend),
        "kind": coupon.kind,
        **({"percent": str(coupon.percent)} if coupon.percent else {}),
    }
    return json.dumps(facts)
