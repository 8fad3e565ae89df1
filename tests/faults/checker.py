"""The invariants that hold after every fault (I1 to I8). Believes what the sinks wrote
down, not only our tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Count, Q

from campaigns.content import contact_windows
from campaigns.delivery.gating.send_rules import rules_of
from campaigns.delivery.limits import caps
from campaigns.delivery.sinks import log
from campaigns.models import Attempt, CapSlot, CouponPool, Message, Run, TrialSend
from retention_site.lib.clock import now

State = Message.State
# a group whose intent was committed before the opt-out may still arrive
IN_FLIGHT = timedelta(seconds=2)
LOST_IN_BETWEEN = (State.UNKNOWN, State.UNCERTAIN)


@dataclass(frozen=True)
class OptOut:
    """A customer's no, and when the answer to it was in the customer's hands."""

    customer: int
    answered_at: datetime


@dataclass
class Found:
    """What the sinks took, by the key under which we know a message."""

    lines: list[dict[str, Any]]
    by_key: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def in_sinks(cls, folder: Path) -> Found:
        found = cls(
            [line for channel in log.channels() for line in log.read(channel, folder)]
        )
        for line in found.lines:
            found.by_key[key_of(line)].append(line)
        return found


def key_of(line: dict[str, Any]) -> str:
    """Return the key of a message from its Message-ID, idempotency key or webhook id."""
    return line["key"].strip("<>").partition("@")[0].removeprefix("msg_")


def check(
    shop: Path, runs: Iterable[Run], optouts: Sequence[OptOut] = ()
) -> Counter[str]:
    """Assert every invariant; return how many messages are in each state."""
    runs = list(runs)
    found = Found.in_sinks(shop / "sinks")
    messages = list(
        Message.objects.filter(run__in=runs).select_related("run__version", "customer")
    )
    wrong = [
        *states_sum_to_the_audience(runs),
        *reached_a_sink_at_most_once(messages, found),
        *sent_is_in_a_sink(messages, found),
        *nothing_is_unaccounted_for(found),
        *nothing_after_an_opt_out(messages, found, optouts),
        *coupons_hold(),
        *caps_hold(messages, found),
        *nothing_is_stuck(messages),
    ]
    assert not wrong, "\n".join(wrong[:20])
    return Counter(message.state for message in messages)


def states_sum_to_the_audience(runs: Iterable[Run]) -> list[str]:
    """I1: one row for every customer of the audience."""
    wrong = []
    for run in runs:
        n = Message.objects.filter(run=run).aggregate(
            rows=Count("pk"), customers=Count("customer", distinct=True)
        )
        expected = Run.objects.get(pk=run.pk).n_audience
        if expected is not None and not n["rows"] == n["customers"] == expected:
            wrong.append(f"I1: run {run.pk} has {n} for an audience of {expected}")
    return wrong


def reached_a_sink_at_most_once(messages: Iterable[Message], found: Found) -> list[str]:
    """I2: a double only where no answer came and the campaign says that it must arrive."""
    wrong = []
    for message in messages:
        n = len(found.by_key.get(message.message_id, ())) if message.message_id else 0
        if n > 1 and not (rules_of(message).must_arrive and _was_uncertain(message)):
            wrong.append(
                f"I2: message {message.pk} reached a sink {n} times ({message.state}:"
                f" {message.reason})"
            )
    return wrong


def sent_is_in_a_sink(messages: Iterable[Message], found: Found) -> list[str]:
    """I3."""
    return [
        f"I3: message {message.pk} is {message.state} and in no sink"
        for message in messages
        if message.state in Message.REACHED and message.message_id not in found.by_key
    ]


def nothing_is_unaccounted_for(found: Found) -> list[str]:
    """I4: everything in a sink is a message that was sent, or of which we say that we
    don't know.
    """
    known = {
        message.message_id: message
        for message in Message.objects.filter(message_id__in=found.by_key)
    }
    wrong = []
    for key in found.by_key:
        message = known.get(key)
        if message is None and TrialSend.objects.filter(key=key).exists():
            continue  # a test message, written down before it left
        if message is None:
            wrong.append(f"I4: {key} is in a sink and no message of ours")
        elif message.state not in (*Message.REACHED, *LOST_IN_BETWEEN):
            wrong.append(
                f"I4: message {message.pk} is in a sink and {message.state}:"
                f" {message.reason}"
            )
    return wrong


def nothing_after_an_opt_out(
    messages: Iterable[Message], found: Found, optouts: Sequence[OptOut]
) -> list[str]:
    """I5: no intent began after the answer to an opt-out; what was on its way by then
    arrived at once.
    """
    answered = {one.customer: one.answered_at for one in optouts}
    wrong = []
    for message in messages:
        at = answered.get(message.customer_id)
        if at is None:
            continue
        late = (
            message.attempts.filter(started_at__gt=at)
            .exclude(state=Attempt.State.DEFERRED)
            .count()
        )
        lines = found.by_key.get(message.message_id, [])
        arrived = [
            line["at"]
            for line in lines
            if datetime.fromisoformat(line["at"]) > at + IN_FLIGHT
        ]
        if late or arrived:
            wrong.append(
                f"I5: customer {message.customer_id} said no at {at}; {late} tries and"
                f" {arrived} came later"
            )
    return wrong


def coupons_hold() -> list[str]:
    """I6: issued within the cap, spent within the budget, each code redeemed by one
    order.
    """
    pools = CouponPool.objects.annotate(
        n=Count("coupons"), n_codes=Count("coupons__code", distinct=True)
    )
    return [
        f"I6: {pool.name} issued {pool.n} of {pool.cap}, spent {pool.spent} of"
        f" {pool.budget}"
        for pool in pools
        if not pool.n == pool.n_codes == pool.n_issued <= pool.cap
        or pool.spent > pool.budget
    ]


def caps_hold(messages: Iterable[Message], found: Found) -> list[str]:
    """I7: never more in a customer's hands, in one window, than the limit of the
    campaign that sent last.
    """
    slots = CapSlot.objects.filter(
        message__in=[message.pk for message in messages]
    ).select_related("message")
    in_hand: Counter[tuple[int, str, str]] = Counter()
    for slot in slots:
        if slot.message.message_id in found.by_key:
            in_hand[slot.customer_id, slot.rule, slot.window] += 1
    limits = {
        rule: most for message in messages for rule, most in rules_of(message).caps
    }
    limits |= {each.rule: each.limit.most for each in caps.of_the_shop()}
    wrong = [
        f"I7: {where} has {n} messages"
        for where, n in in_hand.items()
        if n > limits.get(where[1], n)
    ]
    return wrong + _without_slot(messages, found)


def _without_slot(messages: Iterable[Message], found: Found) -> list[str]:
    held = set(CapSlot.objects.values_list("message_id", "rule"))
    return [
        f"I7: message {message.pk} is in a sink without a slot for {rule}"
        for message in messages
        for rule, _most in rules_of(message).caps
        if rule in contact_windows.RULES
        and message.message_id in found.by_key
        and (message.pk, rule) not in held
    ]


def nothing_is_stuck(messages: Iterable[Message]) -> list[str]:
    """I8: to be asked two sweeps after the fault has ended."""
    moment = now()
    stuck = Message.objects.filter(pk__in=[message.pk for message in messages]).filter(
        Q(state__in=[State.LEASED, State.SENDING, State.UNCERTAIN, State.PLANNED])
        | Q(state=State.QUEUED, not_before__lt=moment - timedelta(seconds=5))
    )
    return [f"I8: message {one.pk} is still {one.state}: {one.reason}" for one in stuck]


def _was_uncertain(message: Message) -> bool:
    return (
        message.attempts.filter(state=Attempt.State.UNCERTAIN).exists()
        or message.attempts.count() > 1
    )
