"""Start what is due: nothing speaks against it any more, or it is said what does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns.content.model import Kind, TriggerPlan
from campaigns.content.triggers import IN_MASSES
from campaigns.delivery.gating import cancel_conditions, carts
from campaigns.models import Campaign, Occasion
from campaigns.planning.launch import CannotLaunch
from campaigns.triggers import cooldown, journey_entry, stock_and_price
from campaigns.triggers.armed_triggers import BACK, DROP, plan_of
from campaigns.triggers.triggered_launch import BULK, LANE, Call, launch_many, standing
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

log = structlog.get_logger(__name__)
State = Occasion.State
AT_ONCE = 200
SEND = "campaigns.tasks.send_due"

EXPIRE = """
    UPDATE campaigns_occasion occasion SET state = 'expired', reason = 'too late to be of use', ended_at = %(now)s
    FROM campaigns_trigger trigger
    WHERE trigger.campaign_id = occasion.campaign_id AND occasion.state = 'waiting'
        AND occasion.due_at + (trigger.plan ->> 'expires_after_hours')::float * interval '1 hour' <= %(now)s
"""
CANCEL = """
    UPDATE campaigns_occasion occasion SET state = 'cancelled', reason = 'the campaign was stopped', ended_at = %(now)s
    FROM campaigns_campaign campaign
    WHERE campaign.id = occasion.campaign_id AND campaign.state = 'stopped' AND occasion.state = 'waiting'
"""
CLAIM = """
    SELECT occasion.id FROM campaigns_occasion occasion JOIN campaigns_campaign campaign
        ON campaign.id = occasion.campaign_id AND campaign.state = 'active'
    JOIN campaigns_trigger trigger ON trigger.campaign_id = campaign.id
    WHERE occasion.state = 'waiting' AND occasion.due_at <= %(now)s
        AND occasion.due_at + (trigger.plan ->> 'expires_after_hours')::float * interval '1 hour' > %(now)s
    ORDER BY occasion.due_at, occasion.id LIMIT %(limit)s FOR UPDATE OF occasion SKIP LOCKED
"""
END = """
    UPDATE campaigns_occasion occasion
    SET state = ended.state, reason = ended.reason, message_id = ended.message, ended_at = %s
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS ended (id, state, reason, message)
    WHERE occasion.id = ended.id AND occasion.state = 'waiting'
"""


@dataclass(frozen=True, slots=True)
class End:
    """What became of one occasion."""

    occasion: int
    state: str
    reason: str = ""
    message: int | None = None


def start_due() -> int:
    """Start what is due; return how many occasions ended. Safe beside others who do the
    same.
    """
    n = 0
    while n_now := _start_some():
        n += n_now
        if n_now < AT_ONCE:
            break
    return n


def drop_stale() -> None:
    """Drop what came too late and what a stopped campaign still had waiting."""
    with connection.cursor() as cursor:
        for statement in (EXPIRE, CANCEL):
            cursor.execute(statement, {"now": now()})


@transaction.atomic
def _start_some() -> int:
    """Claim some and end them; campaigns and customers in one order, so that two
    workers can't wait in a circle.
    """
    with connection.cursor() as cursor:
        # lost with what it started; an intent comes after it
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(CLAIM, {"now": now(), "limit": AT_ONCE})
        ids = [row[0] for row in cursor.fetchall()]
    by_campaign: dict[int, list[Occasion]] = defaultdict(list)
    for one in (
        Occasion.objects.filter(pk__in=ids)
        .select_related("customer")
        .order_by("campaign", "due_at", "pk")
    ):
        by_campaign[one.campaign_id].append(one)
    for campaign in (
        Campaign.objects.filter(pk__in=by_campaign)
        .select_related("trigger")
        .order_by("pk")
    ):
        _end(_ended(campaign, by_campaign[campaign.pk]))
    return len(ids)


def start_one(occasion: Occasion) -> int | None:
    """Start an occasion of the caller's transaction now, if it is due and nobody else
    has; return its message.
    """
    if occasion.state != State.WAITING or occasion.due_at > now():
        return occasion.message_id
    campaign = Campaign.objects.select_related("trigger").get(pk=occasion.campaign_id)
    ends = _outcomes(campaign, [occasion])
    _end(ends)
    return ends[0].message


def _ended(campaign: Campaign, occasions: Sequence[Occasion]) -> list[End]:
    """Start a campaign's occasions together; when an error of our own stops them, each
    by itself.
    """
    try:
        with transaction.atomic():
            return _outcomes(campaign, occasions)
    except CannotLaunch as error:
        return [End(one.pk, State.REFUSED, str(error)) for one in occasions]
    except (OperationalError, InterfaceError):
        raise  # the database is away: they wait
    except Exception as error:
        if len(occasions) > 1:
            return [end for one in occasions for end in _ended(campaign, [one])]
        log.exception("an occasion could not be started", occasion=occasions[0].pk)
        return [
            End(
                occasions[0].pk,
                State.REFUSED,
                f"our own error, see the log: {type(error).__name__}",
            )
        ]


def _outcomes(campaign: Campaign, occasions: Sequence[Occasion]) -> list[End]:
    plan = plan_of(campaign.trigger)
    persons = {
        one.pk: one.customer.merged_into_id or one.customer_id for one in occasions
    }
    if plan.cool_down:
        cooldown.lock(campaign.pk, list(set(persons.values())))
    ends = _spoken_against(campaign, plan, occasions, persons)
    started = {end.occasion for end in ends}
    ready = [one for one in occasions if one.pk not in started]
    if campaign.origin == Campaign.Origin.JOURNEY:
        told = journey_entry.let_in(campaign, plan, ready, persons) if ready else {}
        return ends + [
            End(pk, State.REFUSED if reason else State.STARTED, reason)
            for pk, reason in told.items()
        ]
    while ready:  # a customer with two occasions gets one message after the other
        first = {persons[one.pk]: one for one in reversed(ready)}
        ends += _launched(campaign, plan, first)
        ready = [one for one in ready if one not in first.values()]
    return ends


def _spoken_against(
    campaign: Campaign,
    plan: TriggerPlan,
    occasions: Sequence[Occasion],
    persons: Mapping[int, int],
) -> list[End]:
    """What happened meanwhile, what is no longer true, what comes too soon after
    another message.
    """
    done = cancel_conditions.done_since((one.pk, plan.cancel_if) for one in occasions)
    ends = [End(pk, State.CANCELLED, reason) for pk, reason in done.items()]
    left = [one for one in occasions if one.pk not in done]
    if plan.kind == "event" and carts.is_about_one(plan.events):
        ends += _carts_over(left)
        over = {end.occasion for end in ends}
        left = [one for one in left if one.pk not in over]
    if plan.kind in (BACK, DROP):
        holds = stock_and_price.still_holds(plan.kind, [one.data for one in left])
        gone = {one.pk for one in left if not holds.get(str(one.data.get("item_id")))}
        ends += [
            End(pk, State.CANCELLED, "no longer so when it was due")
            for pk in sorted(gone)
        ]
        left = [one for one in left if one.pk not in gone]
    if plan.cool_down:
        ends += _too_soon(campaign, plan, left, persons)
    return ends


def _carts_over(occasions: Sequence[Occasion]) -> list[End]:
    """Cancel where the cart was emptied or bought; the others are about what is in it
    now.
    """
    ends, now_in = [], carts.of_occasions([one.pk for one in occasions])
    for one in occasions:
        if cart := now_in.get(one.pk):
            one.data = carts.told_now(one.data, cart)
            if reason := carts.over(cart):
                ends.append(End(one.pk, State.CANCELLED, reason))
    return ends


def _too_soon(
    campaign: Campaign,
    plan: TriggerPlan,
    occasions: Iterable[Occasion],
    persons: Mapping[int, int],
) -> list[End]:
    """Refuse whoever had a message of this campaign lately, and all but the first of
    those who are due together. Two of one address that are due together are told apart
    when they are sent: only then it is known which of them may be.
    """
    occasions = list(occasions)
    seen = cooldown.had_lately(
        campaign.pk,
        [persons[one.pk] for one in occasions],
        plan.cool_down,
        is_marketing=campaign.kind != Kind.TRANSACTIONAL,
    )
    ends = []
    for one in occasions:
        if reason := seen.get(persons[one.pk]):
            ends.append(End(one.pk, State.REFUSED, reason))
        seen.setdefault(persons[one.pk], cooldown.had_one(plan.cool_down))
    return ends


def _launched(
    campaign: Campaign, plan: TriggerPlan, first: Mapping[int, Occasion]
) -> list[End]:
    calls = [Call(person, one.key, one.data) for person, one in first.items()]
    # many must not hold up who waits
    lane = BULK if plan.kind in IN_MASSES else LANE
    messages = launch_many(standing(campaign, started_by=plan.kind), calls, lane=lane)
    if lane == BULK:
        wake(SEND, BULK)  # the triggered lane is sent by who started it
    return [End(one.pk, State.STARTED, "", messages[one.key]) for one in first.values()]


def _end(ends: Sequence[End]) -> None:
    columns = [
        [getattr(end, name) for end in ends]
        for name in ("occasion", "state", "reason", "message")
    ]
    with connection.cursor() as cursor:
        cursor.execute(END, [now(), *columns])
